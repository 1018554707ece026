# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which point somebody means: the latest, one by its ID or the beginning of it, or the one that a time asks for."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Mistaken
from ansible_collections.photosync.vps.plugins.module_utils.common import names

LATEST = "latest"
# IDs begin with eight digits in a row, so a date with dashes can be nothing else.
TIME = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")


def time_of(point: dict[str, Any]) -> datetime.datetime:
    """When a point was begun. Times are compared as times: as texts, another offset from UTC changes their order."""
    return datetime.datetime.fromisoformat(point["time"])


def meant(points: list[dict[str, Any]], wanted: str) -> list[dict[str, Any]]:
    """The points that ``wanted`` may mean, oldest first; a time means the latest complete one that is no younger.

    What was kept before a restore, and what is suspect, is meant by its ID alone.
    """
    complete = good(points)
    if wanted == LATEST:
        return complete[-1:]
    until = moment(wanted)
    if until is None:
        return [point for point in points if point["id"].startswith(wanted)]
    older = [point for point in complete if time_of(point) <= until]
    if complete and not older:
        raise Mistaken(
            f"no restore point is as old as {until.isoformat(sep=' ')}; the oldest complete one is"
            f" {complete[0]['id']} of {complete[0]['time']}"
        )
    return older[-1:]


def moment(wanted: str) -> Optional[datetime.datetime]:
    """The time that is asked for, in the host's zone where none is given; None when it is no time at all."""
    if not TIME.match(wanted):
        return None
    words = wanted.strip().split(" ")
    zone: Optional[datetime.tzinfo] = None
    if "/" in words[-1] or words[-1] == "UTC":
        zone = _zone(words.pop())
    try:
        given = datetime.datetime.fromisoformat(re.sub("Z$", "+00:00", " ".join(words)))
    except ValueError as error:
        raise Mistaken(
            f'{wanted!r} is neither a restore point nor a time; times look like "2026-11-20 03:00",'
            ' "2026-11-20 03:00+01:00" or "2026-11-20 03:00 Europe/Berlin"'
        ) from error
    return given.replace(tzinfo=zone) if zone else given.astimezone()


def _zone(name: str) -> datetime.tzinfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise Mistaken(f"this host knows no time zone {name}; write the time like 2026-11-20 03:00+01:00") from error


def explain(wanted: str, point: dict[str, Any]) -> str:
    """Which point was chosen, and why, for people; ``point`` is a point or its manifest."""
    why = f' ("{names.readable(point["reason"])}")' if point.get("reason") else ""
    chosen = f"restore point {point['id']} of {point['time']}, made by {point['host']}{why}"
    if point.get("suspect"):
        return f"{chosen}. It is SUSPECT: {'; '.join(point['suspect'])}"
    left = ", ".join(point.get("passed_over") or [])
    suspects = f"; younger ones are SUSPECT and have to be asked for by their IDs: {left}" if left else ""
    if wanted == LATEST:
        return f"{chosen}: the latest complete one{suspects}"
    until = moment(wanted)
    if until is None:
        return chosen
    return f"{chosen}: the latest complete one that is not younger than {until.isoformat(sep=' ')}{suspects}"


def good(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The points that may be taken without anybody naming them, oldest first.

    What was kept before a restore is not one of them: who restores twice does not want back what was wrong. Nor is one
    that has collapsed against the one before, until a person accepts it.
    """
    return [
        point for point in points if point["complete"] and not point.get("before_restore") and not point.get("suspect")
    ]


def passed_over(points: list[dict[str, Any]], wanted: str, chosen: dict[str, Any]) -> list[str]:
    """IDs of suspect points that ``wanted`` would have meant if they were not, before the one that was chosen."""
    until = moment(wanted)
    if wanted != LATEST and until is None:
        return []
    return [
        point["id"]
        for point in points
        if point["complete"]
        and point.get("suspect")
        and not point.get("before_restore")
        and time_of(point) > time_of(chosen)
        and (until is None or time_of(point) <= until)
    ]


def age(point: dict[str, Any], now: datetime.datetime) -> str:
    """How old a point is, as people say it: "3 days", "5 hours", "12 minutes"."""
    minutes = int((now - time_of(point)).total_seconds() // 60)
    for unit, length in (("day", 1440), ("hour", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit}s"
    return f"{max(minutes, 0)} minutes"
