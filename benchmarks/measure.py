# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measuring two or more ways of doing the same, in turns, and what is found that way."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Subjects = Mapping[str, Callable[[], float]]


@dataclass(frozen=True)
class Row:
    """One line of the table: ours beside one rival, how they compare, and what is promised of that."""

    what: str
    ours: str
    rival: str
    comparison: str
    bound: str
    holds: bool

    @property
    def verdict(self) -> str:
        """What becomes of the promise, where there is one."""
        if not self.bound:
            return ""
        return "PASS" if self.holds else "FAIL"


@dataclass(frozen=True)
class Finding:
    """What a benchmark found: its rows, how it was measured, and what more is to be known when a bound is broken."""

    rows: list[Row]
    method: str
    repetitions: int
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Whether every bound holds."""
        return all(row.holds for row in self.rows)


def in_turns(subjects: Subjects, repetitions: int) -> dict[str, float]:
    """Measure each subject so many times and return the medians.

    They take turns, each time in the other order: whatever else the machine does meanwhile hits all of them alike.
    """
    found: dict[str, list[float]] = {name: [] for name in subjects}
    for turn in range(repetitions):
        for name in subjects if turn % 2 == 0 else reversed(list(subjects)):
            found[name].append(subjects[name]())
            print(f"  {turn + 1}/{repetitions}  {name}: {shown(found[name][-1])}", flush=True)
    return {name: statistics.median(values) for name, values in found.items()}


def shown(seconds: float) -> str:
    """A time as people read it."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
