# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the host command says: answers on standard output, how things go on standard error."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any

# To the line's beginning, and empty it.
CLEAR_LINE = "\r\033[K"


def say(text: str) -> None:
    """An answer, on a line of its own."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """An answer for machines."""
    say(json.dumps(value, indent=2))


def tell(text: str) -> None:
    """How things go: for whoever waits, not part of the answer."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Told:
    """Like ``tell``; on a terminal also a bar on a line of its own, which the next line replaces."""

    def __init__(self) -> None:
        self.picture = self._draw if sys.stderr.isatty() else None

    def __call__(self, text: str) -> None:
        self._clear()
        tell(text)

    def _draw(self, text: str) -> None:
        self._clear()
        sys.stderr.write(text[: shutil.get_terminal_size().columns - 1])
        sys.stderr.flush()

    def _clear(self) -> None:
        if self.picture:
            sys.stderr.write(CLEAR_LINE)
