# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What BuildKit says while it builds (``--progress plain``): which step it is at, and why one failed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Optional

_LINE = re.compile(r"^#(?P<vertex>\d+) (?P<said>.*)$")
_STEP = re.compile(r"^\[(?P<where>[^\]]+)\] (?P<what>.+)$")
_OUTPUT = re.compile(r"^\d+\.\d+ (?P<said>.*)$")
_ENDED = re.compile(r"^(DONE \d|CACHED$|ERROR)")
INTERNAL = ("internal", "context")
WIDTH = 100
TAIL_LINES = 50


class Transcript:
    """Reads a build's output line by line and knows where the build is."""

    def __init__(self) -> None:
        self._steps: dict[str, str] = {}
        self._running: dict[str, str] = {}
        self._output: dict[str, list[str]] = {}
        self._lines: list[str] = []
        self._failed = ""

    def hear(self, line: str) -> Optional[str]:
        """Take one line; returns the step that begins with it, if one does."""
        self._lines = [*self._lines[-TAIL_LINES:], line]
        match = _LINE.match(line)
        if not match:
            return None
        vertex, said = match["vertex"], match["said"]
        if vertex in self._steps:
            self._heard_of(vertex, said)
            return None
        step = _step(said)
        if step:
            self._steps[vertex] = self._running[vertex] = step
        return step

    @property
    def running(self) -> list[str]:
        """The steps that are being done at this moment."""
        return list(self._running.values())

    @property
    def failed_step(self) -> str:
        """The step that failed; empty where none did, as when a base image cannot be pulled."""
        return self._steps.get(self._failed, "")

    def tail(self, lines: int = TAIL_LINES) -> list[str]:
        """The end of what the failed step said, or of all that was said."""
        said = self._output.get(self._failed) or [line for line in self._lines if line.strip()]
        return said[-lines:]

    def _heard_of(self, vertex: str, said: str) -> None:
        output = _OUTPUT.match(said)
        if output:
            self._output.setdefault(vertex, []).append(output["said"])
        elif _ENDED.match(said):
            self._running.pop(vertex, None)
            if said.startswith("ERROR"):
                self._failed = vertex
                self._output.setdefault(vertex, []).append(said)


def _step(said: str) -> Optional[str]:
    match = _STEP.match(said)
    if not match or match["where"].split()[0] in INTERNAL:
        return None
    text = f"{match['where']}: {' '.join(match['what'].split())}"
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"


def joined(steps: Iterable[str]) -> str:
    """Steps that go on at the same time, for one line."""
    return "; ".join(steps) or "preparing"
