# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare two records of a site and name each difference by what a person would look for."""

import json
from collections.abc import Iterator
from typing import Any

Record = dict[str, Any]
Row = dict[str, Any]
MISSING = object()


def compare(before: Record, after: Record) -> list[str]:
    """One line a difference; none when the two sites are the same to whoever looks at them."""
    return [
        *_nothing_recorded(before),
        *_certificates(before["certificate"], after["certificate"]),
        *_photos(before["photos"], after["photos"]),
        *_databases(before["databases"], after["databases"]),
        *_rows("group", ["name"], before["groups"], after["groups"]),
        *_rows("duplicate", ["assetId", "duplicateOf"], before["duplicates"], after["duplicates"]),
    ]


def summary(record: Record) -> str:
    """How much a record holds, in one line."""
    tables = [table for database in record["databases"].values() for table in database.values()]
    rows = [row for table in tables for row in table["rows"]]
    vectors = sum("embedding" in row for row in rows)
    megabytes = sum(photo["bytes"] for photo in record["photos"].values()) / 1e6
    return (
        f"{len(record['photos'])} photos ({megabytes:.1f} MB, by SHA-256), {len(rows)} rows of {len(tables)} tables in "
        f"{len(record['databases'])} databases, {vectors} vectors, {len(record['groups'])} groups, "
        f"{len(record['duplicates'])} duplicates, certificate serial {record['certificate']['serial']}"
    )


def _nothing_recorded(before: Record) -> Iterator[str]:
    if not before["photos"]:
        yield "nothing compared: the first record holds no photo"


def _certificates(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    if before["serial"] != after["serial"]:
        yield f"certificate: serial {before['serial']} became {after['serial']}"
    elif before["sha256"] != after["sha256"]:
        yield f"certificate: another one with the same serial {before['serial']}"


def _pairs(before: dict[str, Any], after: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key in sorted({*before, *after}):
        yield key, before.get(key, MISSING), after.get(key, MISSING)


def _photos(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for photo_id, old, new in _pairs(before, after):
        known = new if old is MISSING else old
        name = f"photo {photo_id} ({known['name']}, {known['path']})"
        if new is MISSING or old is MISSING:
            yield f"{name}: {_came_or_went(new)}"
        elif old["sha256"] != new["sha256"]:
            yield f"{name}: file differs, SHA-256 {old['sha256']} became {new['sha256']}"


def _databases(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for database, old, new in _pairs(before, after):
        if new is MISSING or old is MISSING:
            yield f"database {database}: {_came_or_went(new)}"
            continue
        for table, old_table, new_table in _pairs(old, new):
            name = f"{database}.{table}"
            if new_table is MISSING or old_table is MISSING:
                yield f"table {name}: {_came_or_went(new_table)}"
                continue
            if old_table["key"] != new_table["key"]:
                yield f"table {name}: primary key {old_table['key']} became {new_table['key']}"
            yield from _rows(f"row {name}", old_table["key"], old_table["rows"], new_table["rows"])


def _came_or_went(after: Any) -> str:
    return "is gone" if after is MISSING else "was not there before"


def _rows(kind: str, key: list[str], before: list[Row], after: list[Row]) -> Iterator[str]:
    for name, old, new in _pairs(_by_key(key, before), _by_key(key, after)):
        if new is MISSING or old is MISSING:
            yield f"{kind} {name}: {_came_or_went(new)}"
            continue
        for column, was, now in _pairs(old, new):
            if was != now:
                yield f"{kind} {name}: {_changed(column, was, now)}"


def _by_key(key: list[str], rows: list[Row]) -> dict[str, Row]:
    """Rows under their primary key; where a table has none, under all their columns and a count of the like."""
    keyed: dict[str, Row] = {}
    for row in rows:
        name = ", ".join(f"{column}={_plain(row.get(column, MISSING))}" for column in key or sorted(row))
        copies = 1
        while (unique := name if copies == 1 else f"{name} (copy {copies})") in keyed:
            copies += 1
        keyed[unique] = row
    return keyed


def _changed(column: str, was: Any, now: Any) -> str:
    if isinstance(was, list) and isinstance(now, list):
        lost, gained = [item for item in was if item not in now], [item for item in now if item not in was]
        return f"{column}: lost {_plain(lost)}, gained {_plain(gained)}"
    old, new = _vector(was), _vector(now)
    if old is None or new is None:
        return f"{column} {_plain(was)} became {_plain(now)}"
    if len(old) != len(new):
        return f"vector {column} had {len(old)} numbers and has {len(new)}"
    changed = [index for index, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    first = f"number {changed[0]} was {old[changed[0]]} and is {new[changed[0]]}"
    return f"vector {column}: {len(changed)} of {len(old)} numbers differ, {first}"


def _vector(value: Any) -> list[Any] | None:
    """PostgreSQL prints a vector as text that is a JSON list."""
    if isinstance(value, str) and value.startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return None
    return None


def _plain(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
