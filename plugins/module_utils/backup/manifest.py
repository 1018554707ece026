# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The manifest of a restore point: what belongs to it and how to know it again. All of it pure."""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common.shapes import (
    COUNT,
    FLAG,
    FLAT,
    HASH,
    LINE,
    NAME,
    NUMBER,
    PATH,
    SQL_NAME,
    TEXT,
    WORD,
    Field,
    between,
    keyed,
    leaf,
    listed,
    maybe,
    one_of,
    record,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases import shapes
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

SCHEMA = 1
FILENAME = "manifest.json"
ID_FORM = r"[12][0-9]{7}T[0-9]{6}Z-[0-9a-z]{1,32}"
# The part of a point that says what the others are.
PART = "manifest"
# How a stack's description says that a volume is saved file by file: while it is written to, or standing still.
SAVED = ("files", "cold")
# Enough of a tree's hash to tell the few snapshots of one point apart, short enough for a tag.
TREE_CHARACTERS = 16
# The last that an owner of files can have; the next one means nobody.
MOST_ID = 2**32 - 2


def _is_time(value: Any) -> bool:
    try:
        return datetime.datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def _is_id(value: Any) -> bool:
    try:
        return bool(time_of(value))
    except (TypeError, PointError):
        return False


def _called(kind: str, *fields: str) -> Callable[[Any], str]:
    """What people call a part, by its fields."""

    def named(part: Any) -> str:
        return f"{kind} {'/'.join(str(part.get(field)) for field in fields)}" if isinstance(part, dict) else ""

    return named


def _database(value: Any, where: str) -> Iterator[str]:
    """What is wrong with a part that is a database, as the engine that wrote it says."""
    fields = shapes.PARTS.get(shapes.name_in(value), {}) if isinstance(value, dict) else {}
    yield from record({**DATABASE, **fields})(value, where)


ID = leaf("the ID of a restore point", _is_id)
TIME = leaf("a time with its zone", _is_time)
ENGINE = one_of(shapes.PARTS, "a database engine that this version knows")
SNAPSHOT = {"snapshot": Field(HASH), "tree": Field(HASH)}
# What is said of a database of any engine.
DATABASE = {
    **SNAPSHOT,
    "engine": Field(ENGINE, required=False),
    "service": Field(NAME),
    "database": Field(SQL_NAME),
    "file": Field(FLAT),
    "bytes": Field(COUNT),
    "tables": Field(keyed(TEXT, record({"rows": Field(COUNT), "digest": Field(TEXT)}))),
    "declared": Field(FLAG, required=False),
    "sha256": Field(HASH, required=False),
    "seconds": Field(NUMBER, required=False),
    "dump_version": Field(TEXT, required=False),
}
ROOT = {"uid": Field(between(0, MOST_ID)), "gid": Field(between(0, MOST_ID)), "mode": Field(between(0, 0o7777))}
VOLUME = {
    **SNAPSHOT,
    "name": Field(NAME),
    "path": Field(PATH),
    "files": Field(COUNT),
    "bytes": Field(COUNT),
    "root": Field(record(ROOT)),
    "docker_name": Field(NAME, required=False),
    "rewritten": Field(listed(TEXT), required=False),
    "cold": Field(record({"stopped": Field(listed(NAME)), "seconds": Field(NUMBER)}), required=False),
}
CONFIGURATION = {**SNAPSHOT, "paths": Field(listed(PATH))}
ROLES = {
    "engine": Field(ENGINE, required=False),
    "service": Field(NAME),
    "user": Field(SQL_NAME, required=False),
    "names": Field(listed(SQL_NAME)),
    "file": Field(PATH),
    "sql": Field(PATH, required=False),
    "after": Field(PATH, required=False),
}
IMAGE = {"image": Field(WORD), "digest": Field(maybe(WORD))}
MANIFEST = record(
    {
        "id": Field(ID),
        "time": Field(TIME),
        "host": Field(LINE),
        "stack": Field(NAME),
        "mode": Field(LINE),
        "collection_version": Field(LINE),
        "tools": Field(keyed(LINE, LINE)),
        "databases": Field(listed(_database, _called("database", "service", "database"))),
        "volumes": Field(listed(record(VOLUME), _called("volume", "name"))),
        "configuration": Field(record(CONFIGURATION)),
        "images": Field(keyed(NAME, record(IMAGE))),
        "durations": Field(keyed(LINE, NUMBER)),
        "left_out": Field(listed(record({"what": Field(TEXT), "why": Field(TEXT)}))),
        "roles": Field(listed(record(ROLES), _called("roles of", "service")), required=False),
        "release": Field(FLAT, required=False),
        "reason": Field(maybe(TEXT), required=False),
        "suspect": Field(listed(TEXT), required=False),
        "compared_with": Field(maybe(ID), required=False),
    }
)


def new_id(now: datetime.datetime, salt: str) -> str:
    """A point's ID: its time in UTC, so that IDs sort by age, and a few letters against two in one second."""
    return f"{now.astimezone(datetime.timezone.utc):%Y%m%dT%H%M%SZ}-{salt}"


def time_of(point: str) -> datetime.datetime:
    """When a point was begun, from its ID."""
    try:
        begun = datetime.datetime.strptime(point[:15] if re.fullmatch(ID_FORM, point) else "", "%Y%m%dT%H%M%S")
    except ValueError:
        raise PointError(f"{point!r} is not the ID of a restore point; they look like 20261123T030000Z-3f9a") from None
    return begun.replace(tzinfo=datetime.timezone.utc)


def tags(stack: str, point: str, part: str) -> list[str]:
    """How every snapshot of a point is marked in the repository."""
    return [f"stack={stack}", f"point={point}", f"part={part}"]


def trees_of(manifest: dict[str, Any]) -> list[str]:
    """The content hashes of all snapshots that a point consists of, its manifest left out."""
    parts = manifest["databases"] + manifest["volumes"] + [manifest["configuration"]]
    return sorted({part["tree"] for part in parts})


def tree_tags(manifest: dict[str, Any]) -> list[str]:
    """Tags on the manifest's snapshot: whoever lists the repository sees which parts have to be there."""
    return [f"tree={tree[:TREE_CHARACTERS]}" for tree in trees_of(manifest)]


def safety_tags(restored: str) -> list[str]:
    """A tag on the manifest of a point that keeps what was there before ``restored`` was restored; none otherwise."""
    return [f"before-restore={restored}"] if restored else []


def read(text: str) -> dict[str, Any]:
    """A manifest from its text; raises PointError for one of another schema, and for one that is not as we make them.

    Whoever may write to the repository may have written it: what is returned can be used as paths, names and numbers.
    """
    try:
        manifest = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PointError(f"the manifest is not valid JSON: {error}") from error
    schema = manifest.get("schema") if isinstance(manifest, dict) else None
    if schema != SCHEMA:
        raise PointError(
            f"the manifest has schema {schema}, this version reads {SCHEMA}; use the collection that made the point"
        )
    found = problems(manifest)
    if found:
        raise PointError("the manifest is incomplete or was not made by us: " + "; ".join(found))
    return manifest


def problems(manifest: dict[str, Any]) -> list[str]:
    """What a manifest lacks, and what of it cannot be."""
    return list(MANIFEST(manifest, "")) or list(_twice(manifest))


def _twice(manifest: dict[str, Any]) -> Iterator[str]:
    """Parts that are named twice: one would be put in the other's place."""
    databases = [f"database {part['service']}/{part['database']}" for part in manifest["databases"]]
    for name, count in Counter(databases + [f"volume {part['name']}" for part in manifest["volumes"]]).items():
        if count > 1:
            yield f"{name} is in it {count} times"


def uncovered(manifest: dict[str, Any], spec: Spec) -> list[str]:
    """What the stack has and the manifest has not: a point that lacks it may not be offered."""
    databases = {(entry["service"], entry["database"]) for entry in manifest["databases"]}
    volumes = {entry["name"] for entry in manifest["volumes"]}
    return [
        f"database {server.service}/{name}"
        for server in spec.databases
        for name in server.names
        if (server.service, name) not in databases
    ] + [f"volume {volume.name}" for volume in spec.volumes if volume.backup in SAVED and volume.name not in volumes]
