# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One backup, verification or restore of a stack at a time."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator

from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError


@contextlib.contextmanager
def exclusive(state_dir: str, what: str) -> Iterator[None]:
    """Hold the stack's lock while the block runs; the kernel gives it back even after kill -9."""
    os.makedirs(state_dir, mode=0o700, exist_ok=True)
    handle = os.open(os.path.join(state_dir, "points.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PointError(f"{_holder(handle)} is already running; try again when it has ended") from error
        os.ftruncate(handle, 0)
        os.pwrite(
            handle, json.dumps({"what": what, "pid": os.getpid(), "since": time.strftime("%H:%M:%S %Z")}).encode(), 0
        )
        yield
    finally:
        os.close(handle)


def _holder(handle: int) -> str:
    try:
        known = json.loads(os.pread(handle, 1000, 0))
        return "a {what} (process {pid}, since {since})".format(**known)
    except (ValueError, KeyError):
        return "another backup or restore"
