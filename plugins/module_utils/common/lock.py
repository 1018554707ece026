# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One at a time: a lock that says who holds it since when, and that the kernel frees when its holder is gone."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from typing import Callable, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common import process

PAUSE = 0.5


class Busy(Exception):
    """Somebody else holds the lock; the message says who, since when."""


@contextlib.contextmanager
def exclusive(
    path: str,
    what: str,
    who: str = "",
    wait: float = 0.0,
    tell: Optional[Callable[[str], None]] = None,
    with_children: bool = False,
) -> Iterator[None]:
    """Hold the lock at ``path`` while the block runs.

    :param what: what is done under it, for whoever has to wait: "a backup".
    :param who: for whom, "alice@laptop"; nothing is said when it is empty.
    :param wait: seconds to wait for another holder before Busy is raised.
    :param tell: told once whom it waits for.
    :param with_children: processes started meanwhile hold it too, so that what a killed holder left running, such as
        Docker Compose, ends before anybody else begins.
    """
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle, wait, tell)
        noted = {"what": what, "who": who, "pid": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S %Z")}
        # Who holds it is for people; a disk that is full is no reason to do nothing.
        with contextlib.suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps(noted).encode(), 0)
        with process.handed_on(handle) if with_children else contextlib.nullcontext():
            yield
    finally:
        os.close(handle)


def holder_of(path: str) -> str:
    """Who holds the lock at ``path``, since when; empty when nobody does. Asking never keeps anybody from taking it."""
    try:
        wanted = f":{os.stat(path).st_ino} "
        with open("/proc/locks", encoding="ascii") as stream:
            held = any(" FLOCK " in line and wanted in line for line in stream)
        handle = os.open(path, os.O_RDONLY) if held else -1
    except OSError:
        return ""
    if not held:
        return ""
    try:
        return _holder(handle)
    finally:
        os.close(handle)


def is_held(path: str) -> bool:
    """Whether somebody holds the lock at ``path``, be it what a killed holder has started."""
    if not os.path.exists(path):
        return False
    try:
        with exclusive(path, "a look at who holds it"):
            return False
    except Busy:
        return True


def _take(handle: int, wait: float, tell: Optional[Callable[[str], None]]) -> None:
    until = time.monotonic() + wait
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise Busy(f"{_holder(handle)} is already running; try again when it has ended") from error
        if tell and not told:
            tell(f"waiting for {_holder(handle)}")
            told = True
        time.sleep(PAUSE)


def _holder(handle: int) -> str:
    try:
        known = json.loads(os.pread(handle, 1000, 0))
        by = " by " + known["who"] if known["who"] else ""
        return "{what}{by} (process {pid}, since {since})".format(by=by, **known)
    except (ValueError, KeyError, TypeError):
        return "another command"
