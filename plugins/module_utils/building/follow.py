# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a command that takes long: every line as it comes, and a word now and then when none comes."""

from __future__ import annotations

import os
import selectors
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed

KEPT_LINES = 400
BLOCK = 65536


def follow(
    argv: Sequence[str],
    on_line: Callable[[str], None],
    on_tick: Optional[Callable[[], None]] = None,
    every: float = 5.0,
    env: Optional[Mapping[str, str]] = None,
    cwd: Optional[str] = None,
    stop: Optional[threading.Event] = None,
) -> None:
    """Run ``argv`` without a shell; raises CommandFailed with the end of what it said, both streams together.

    :param on_line: is given each line, without its end.
    :param on_tick: is called about every ``every`` seconds, whether or not anything was said.
    :param env: variables added to the present environment; secrets go here, never into ``argv``.
    :param stop: ends the command when it is set, which counts as a failure.
    """
    said: deque[str] = deque(maxlen=KEPT_LINES)

    def hear(line: str) -> None:
        said.append(line)
        on_line(line)

    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(os.environ, **env) if env else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        raise CommandFailed(argv, None, why=str(error)) from error
    with process:
        try:
            _hear(process, hear, on_tick or _nothing, every, stop or threading.Event())
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise CommandFailed(argv, process.returncode, stderr="\n".join(said))


def _hear(
    process: subprocess.Popen[bytes],
    hear: Callable[[str], None],
    on_tick: Callable[[], None],
    every: float,
    stop: threading.Event,
) -> None:
    """Read until the command closes its output, or has to be stopped."""
    output = process.stdout
    if output is None:
        raise ValueError("the command was started without a pipe for its output")
    due = time.monotonic() + every
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while True:
            if stop.is_set():
                process.terminate()
            if selector.select(min(0.5, every)):
                block = _read(output)
                if not block:
                    break
                *lines, rest = (rest + block).split(b"\n")
                for line in lines:
                    hear(_text(line))
            if time.monotonic() >= due:
                on_tick()
                due = time.monotonic() + every
    if rest:
        hear(_text(rest))


def _read(stream: IO[bytes]) -> bytes:
    """What there is, without waiting for more."""
    return os.read(stream.fileno(), BLOCK)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip()


def _nothing() -> None:
    """Nobody wants to hear that time passes."""
