# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a work or one of its steps has to have ended, and what is ended with it when it has not."""

from __future__ import annotations

import contextlib
import glob
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.units import duration, parse_duration

# Seconds that a process has to end when it is asked to.
GRACE = 30.0


class Late(Exception):
    """A work or one of its steps did not end in the time that it was given."""


@dataclass(frozen=True)
class Deadline:
    """When a work or a step has to have ended, by the clock that only goes forward.

    :param why: who says so, for whoever is told: "restore_timeout is 6h".
    """

    until: float = float("inf")
    why: str = ""

    @classmethod
    def within(cls, said: str, setting: str) -> Deadline:
        """The deadline that a setting gives from now on, in words such as "6h"; none where it is empty.

        Raises ValueError, naming the setting, for what is no duration.
        """
        if not said:
            return NO_DEADLINE
        try:
            return cls.after(parse_duration(said), f"{setting} is {said}")
        except ValueError as error:
            raise ValueError(f"{setting}: {error}, such as 6h or 90m") from error

    @classmethod
    def of_step(cls, seconds: float, setting: str) -> Deadline:
        """The deadline of one step from now on, where ``setting`` says nothing."""
        why = (
            f"it has {duration(seconds)} as long as {setting} is empty; where it needs more, set {setting}, such as 12h"
        )
        return cls.after(seconds, why)

    @classmethod
    def after(cls, seconds: float, why: str) -> Deadline:
        """The deadline that comes so many seconds from now."""
        return cls(time.monotonic() + seconds, why)

    def otherwise(self, other: Callable[[], Deadline]) -> Deadline:
        """This one, or another where this one never comes: whoever gives a work its time gives it to its steps too."""
        return other() if self.until == float("inf") else self

    @contextlib.contextmanager
    def kept(self, what: str) -> Iterator[None]:
        """Raise Late in the block once it is over; the processes that the block has started are ended first."""
        if self.until == float("inf") or threading.current_thread() is not threading.main_thread():
            yield
            return
        asked: list[str] = []

        def late(_signal: int, _frame: Any) -> None:
            # Whoever waits for a process that does not listen would wait for ever.
            _end_children(signal.SIGKILL if asked else signal.SIGTERM)
            if not asked:
                asked.append(what)
                raise Late(
                    f"{what} has not ended in time: {self.why}\n"
                    f"What it had started was ended, and {what} counts as not done; to go on with it do the same again."
                )

        before = signal.signal(signal.SIGALRM, late)
        try:
            signal.setitimer(signal.ITIMER_REAL, max(self.until - time.monotonic(), 0.001), GRACE)
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


NO_DEADLINE = Deadline()


def _end_children(how: signal.Signals) -> None:
    """Send every process that this one has started a signal."""
    for path in glob.glob("/proc/self/task/*/children"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as stream:
            for child in stream.read().split():
                os.kill(int(child), how)
