# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which restore points stay: a pure decision over whole points, as restic makes it over snapshots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Callable, NamedTuple

# What was there before a restore is wanted while somebody may still find that the restore was a mistake.
SAFETY_DAYS = 14
# However old they are: who restores once a year looks back as well.
SAFETY_LEAST = 3
RESTORED = "restored, and what was there before is kept"


class Dated(NamedTuple):
    """A point as far as retention is concerned.

    ``before_restore`` is the ID of the point whose restore this one was kept before; empty for an ordinary one.
    """

    id: str
    time: datetime
    before_restore: str = ""
    suspect: bool = False


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

    These are counted among good points alone. What was kept before a restore stays for ``SAFETY_DAYS``, and the last
    ``SAFETY_LEAST`` of it at least; the point that was restored stays as long. One that is suspect stays until a person
    decides, and one dated in the future too: a clock that was wrong must not cost a point. None of these takes the
    place of a good one, of which the newest always stays.
    """
    newest_first = sorted(points, key=lambda point: (point.time, point.id), reverse=True)
    future = [point for point in newest_first if point.time > now]
    decided = [point for point in newest_first if point.time <= now and not point.suspect]
    good = [point for point in decided if not point.before_restore]
    safety = [point for point in decided if point.before_restore]
    wanted = [("dated in the future", future), ("suspect", [point for point in newest_first if point.suspect])]
    wanted += [("newest", good[:1]), ("keep_last", good[: max(policy.get("keep_last", 0), 0)])]
    wanted += [(rule, _newest_of_each(good, period, policy.get(rule, 0))) for rule, period in RULES]
    young = [point for point in safety if now - point.time <= timedelta(days=SAFETY_DAYS)]
    wanted += [(f"before a restore, {SAFETY_DAYS} days", young)]
    wanted += [(f"before a restore, the last {SAFETY_LEAST}", safety[:SAFETY_LEAST])]
    keep: dict[str, list[str]] = {}
    for rule, chosen in wanted:
        for point in chosen:
            keep.setdefault(point.id, []).append(rule)
    _keep_restored(newest_first, keep)
    return Decision(keep, [point.id for point in reversed(newest_first) if point.id not in keep])


def _keep_restored(newest_first: Sequence[Dated], keep: dict[str, list[str]]) -> None:
    """Add what the kept ones were made before the restore of, which may have been kept before a restore itself."""
    known = {point.id: point for point in newest_first}
    waiting = [point for point in newest_first if point.id in keep]
    while waiting:
        restored = known.get(waiting.pop().before_restore)
        if restored:
            if restored.id not in keep:
                waiting.append(restored)
            if RESTORED not in keep.setdefault(restored.id, []):
                keep[restored.id].append(RESTORED)


def _newest_of_each(
    newest_first: Sequence[Dated], period: Callable[[datetime], tuple[int, ...]], count: int
) -> list[Dated]:
    chosen: dict[tuple[int, ...], Dated] = {}
    for point in newest_first:
        if len(chosen) >= count:
            break
        chosen.setdefault(period(point.time), point)
    return list(chosen.values())
