# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a point has collapsed against the one before: whole, but of data that is no longer there. All of it pure.

An emptied table makes a perfect point. Taken for a good one it would be the latest, stand for its day and, in time,
cost the last point that still held the rows.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TAG = "suspect"
# How many reasons are told wherever points are listed; the manifest holds all of them.
TOLD = 5


@dataclass(frozen=True)
class Thresholds:
    """How much may go from one point to the next.

    ``loss_percent`` of a table's rows, or of a volume's files or bytes, where the point before held ``least`` of these
    rows or files. ``ignore`` are patterns of names never looked at: ``server/database/schema.table``, or a volume.
    """

    loss_percent: int = 50
    least: int = 20
    ignore: tuple[str, ...] = ()


def thresholds(given: Mapping[str, Any]) -> Thresholds:
    """The thresholds that the settings name, the rest as usual; raises ValueError for those that cannot be."""
    known = {key: value for key, value in given.items() if value is not None}
    unknown = sorted(set(known) - {"loss_percent", "least", "ignore"})
    if unknown:
        raise ValueError(f"unknown {', '.join(unknown)}; known: loss_percent, least, ignore")
    if not isinstance(known.get("ignore", []), (list, tuple)):
        raise ValueError("ignore has to be a list of patterns")
    loss, least = int(known.get("loss_percent", 50)), int(known.get("least", 20))
    if not 1 <= loss <= 99 or least < 1:
        raise ValueError(f"loss_percent has to be 1 to 99 and least at least 1, not {loss} and {least}")
    return Thresholds(loss, least, tuple(known.get("ignore") or ()))


def reasons(before: dict[str, Any], now: dict[str, Any], limits: Thresholds) -> list[str]:
    """Why the point ``now`` is not to be trusted, compared with ``before``, both manifests; none when it is.

    A database or volume that the stack no longer declares is no reason: the inventory has said so. Of a database that
    it never declared it has said nothing.
    """
    return [*_tables(before, now, limits), *_volumes(before, now, limits)]


def _tables(before: dict[str, Any], now: dict[str, Any], limits: Thresholds) -> Iterator[str]:
    present = {(part["service"], part["database"]): part["tables"] for part in now["databases"]}
    servers = {entry["service"] for entry in [*now["databases"], *(now.get("roles") or [])]}
    for part in before["databases"]:
        where = f"{part['service']}/{part['database']}"
        tables = present.get((part["service"], part["database"]))
        if tables is None:
            looked_at = [name for name in part["tables"] if not _ignored(f"{where}/{name}", limits)]
            rows = sum(part["tables"][name]["rows"] for name in looked_at)
            # Points from before all databases were saved hold declared ones alone.
            if rows and not part.get("declared", True) and part["service"] in servers:
                yield f"database {where} with {rows} rows is not in this point"
            continue
        for name, table in sorted(part["tables"].items()):
            if _ignored(f"{where}/{name}", limits):
                continue
            if name not in tables:
                if table["rows"]:
                    yield f"database {where}: table {name} with {table['rows']} rows is gone"
            elif _collapsed(table["rows"], tables[name]["rows"], limits, table["rows"]):
                yield f"database {where}: table {name} had {table['rows']} rows and has {tables[name]['rows']}"


def _volumes(before: dict[str, Any], now: dict[str, Any], limits: Thresholds) -> Iterator[str]:
    present = {part["name"]: part for part in now["volumes"]}
    for part in before["volumes"]:
        found = present.get(part["name"])
        if found is None or _ignored(part["name"], limits):
            continue
        for unit in ("files", "bytes"):
            if _collapsed(part[unit], found[unit], limits, part["files"]):
                yield f"volume {part['name']} had {part[unit]} {unit} and has {found[unit]}"
                break


def _collapsed(before: int, now: int, limits: Thresholds, count: int) -> bool:
    return count >= limits.least and now * 100 < before * (100 - limits.loss_percent)


def _ignored(name: str, limits: Thresholds) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in limits.ignore)


def complaint(point: str, found: list[str]) -> str:
    """What whoever is responsible has to hear of a suspect point."""
    return (
        f"restore point {point} is complete, but suspect: {'; '.join(found)}. It is kept, never taken for the latest,"
        f" and left alone by retention. Look; then say `points accept {point}` if all is well, restore the point"
        f" before if not, and `points discard {point}` when nobody will want it"
    )


def tags(found: list[str]) -> list[str]:
    """How the manifest's snapshot is marked, so that every host that lists the repository sees it and why."""
    told = found[:TOLD] + ([f"and {len(found) - TOLD} more"] if len(found) > TOLD else [])
    # restic takes a comma for the end of a tag.
    return [f"{TAG}={reason.replace(',', ';')}" for reason in told]
