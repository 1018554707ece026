# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How far a long phase is: percentage, throughput and time left, as a line now and then or as a bar on a terminal."""

from __future__ import annotations

import time
from typing import Callable, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size

# Seconds between two pictures of a bar; between two lines first, then ever more, and at most: logs keep them.
BAR_EVERY, LINE_FIRST, LINE_LAST = 0.2, 5.0, 60.0
# The part of the time so far that passes between two lines.
LINE_SHARE = 1 / 20
BAR_WIDTH = 24


class Meter:
    """Measures one phase in bytes.

    :param total: how many there will be; 0 where nobody knows.
    """

    def __init__(
        self, progress: Progress, label: str, total: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = progress
        self._bar: Optional[Callable[[str], None]] = getattr(progress, "picture", None)
        self._label = label
        self._total = total
        self._clock = clock
        self._begun = self._said = clock()

    def at(self, done: int) -> None:
        """So many bytes are done; says so when it is time to."""
        now = self._clock()
        if now - self._said < self._pause(now - self._begun):
            return
        self._said = now
        # The whole of it is done only when the phase says so.
        share = min(done / self._total, 0.99) if self._total else 0.0
        text = f"{self._label}: {self._figures(done, share, now - self._begun)}"
        if self._bar is None:
            self._say(text)
            return
        filled = int(share * BAR_WIDTH)
        self._bar(f"[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {text}" if self._total else text)

    def _pause(self, passed: float) -> float:
        return BAR_EVERY if self._bar else min(max(LINE_FIRST, passed * LINE_SHARE), LINE_LAST)

    def _figures(self, done: int, share: float, seconds: float) -> str:
        rate = done / seconds if seconds else 0.0
        if not self._total:
            return f"{size(done)}, {size(int(rate))}/s"
        left = f"{max(self._total - done, 0) / rate:.0f} s left" if rate else "time left unknown"
        return f"{share:.0%}, {size(done)} of {size(self._total)}, {size(int(rate))}/s, {left}"
