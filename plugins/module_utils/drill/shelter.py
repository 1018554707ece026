# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a drill is sheltered from: being ended before it is taken away, and what a shell has said to Compose."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Stopped(PointError):
    """Somebody ended the drill."""


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let what would end this process be an error in it, so that the drill is taken away first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: Optional[FrameType]) -> None:
        raise Stopped(f"the drill was ended by {signal.Signals(number).name}")

    before = {number: signal.signal(number, end) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Hold back what would end this process until the drill is gone."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def private_environment() -> Iterator[None]:
    """Forget what a shell says to Compose: a project or a file named there would win over the drill's own."""
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("COMPOSE_")}
    try:
        yield
    finally:
        os.environ.update(before)
