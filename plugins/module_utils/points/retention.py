# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which restore points stay: a pure decision over whole points, as restic makes it over snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Callable, NamedTuple


class Dated(NamedTuple):
    """A point as far as retention is concerned."""

    id: str
    time: datetime


class Decision(NamedTuple):
    """``keep`` maps a point to the rules that want it; ``remove`` lists the rest, oldest first."""

    keep: dict[str, list[str]]
    remove: list[str]


def _day(time: datetime) -> tuple[int, ...]:
    return (time.year, time.month, time.day)


def _week(time: datetime) -> tuple[int, ...]:
    return tuple(time.isocalendar())[:2]


def _month(time: datetime) -> tuple[int, ...]:
    return (time.year, time.month)


def _year(time: datetime) -> tuple[int, ...]:
    return (time.year,)


RULES: Sequence[tuple[str, Callable[[datetime], tuple[int, ...]]]] = (
    ("keep_daily", _day),
    ("keep_weekly", _week),
    ("keep_monthly", _month),
    ("keep_yearly", _year),
)


def select(points: Sequence[Dated], policy: Mapping[str, int], now: datetime) -> Decision:
    """Keep the newest point of each of the last n days, weeks, months and years, and the last n points.

    The newest point always stays, and so does one dated in the future: a clock that was wrong must not cost a point.
    """
    newest_first = sorted(points, key=lambda point: point.time, reverse=True)
    keep: dict[str, list[str]] = {}
    for point in newest_first[:1]:
        keep.setdefault(point.id, []).append("newest")
    for point in newest_first:
        if point.time > now:
            keep.setdefault(point.id, []).append("dated in the future")
    for point in newest_first[: max(policy.get("keep_last", 0), 0)]:
        keep.setdefault(point.id, []).append("keep_last")
    for rule, period in RULES:
        for point in _newest_of_each(newest_first, period, policy.get(rule, 0)):
            keep.setdefault(point.id, []).append(rule)
    return Decision(keep, [point.id for point in reversed(newest_first) if point.id not in keep])


def _newest_of_each(
    newest_first: Sequence[Dated], period: Callable[[datetime], tuple[int, ...]], count: int
) -> list[Dated]:
    chosen: dict[tuple[int, ...], Dated] = {}
    for point in newest_first:
        if len(chosen) >= count:
            break
        chosen.setdefault(period(point.time), point)
    return list(chosen.values())
