# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The manifest of a restore point: what belongs to it and how to know it again. All of it pure."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError

SCHEMA = 1
FILENAME = "manifest.json"
# How a stack's description says that a volume is saved file by file: while it is written to, or standing still.
SAVED = ("files", "cold")
# Enough of a tree's hash to tell the few snapshots of one point apart, short enough for a tag.
TREE_CHARACTERS = 16

WANTED: dict[str, type] = {
    "id": str,
    "time": str,
    "host": str,
    "stack": str,
    "mode": str,
    "collection_version": str,
    "tools": dict,
    "databases": list,
    "volumes": list,
    "configuration": dict,
    "images": dict,
    "durations": dict,
    "left_out": list,
}
WANTED_OF_DATABASE: dict[str, type] = {
    "service": str,
    "database": str,
    "server_version": str,
    "extensions": dict,
    "tables": dict,
    "snapshot": str,
    "tree": str,
    "bytes": int,
}
WANTED_OF_VOLUME: dict[str, type] = {
    "name": str,
    "path": str,
    "files": int,
    "bytes": int,
    "snapshot": str,
    "tree": str,
}


def new_id(now: datetime.datetime, salt: str) -> str:
    """A point's ID: its time in UTC, so that IDs sort by age, and a few letters against two in one second."""
    return f"{now.astimezone(datetime.timezone.utc):%Y%m%dT%H%M%SZ}-{salt}"


def time_of(point: str) -> datetime.datetime:
    """When a point was begun, from its ID."""
    found = re.fullmatch(r"(\d{8}T\d{6})Z-[0-9a-z]+", point)
    if not found:
        raise PointError(f"{point!r} is not the ID of a restore point; they look like 20261123T030000Z-3f9a")
    begun = datetime.datetime.strptime(found.group(1), "%Y%m%dT%H%M%S")
    return begun.replace(tzinfo=datetime.timezone.utc)


def dump_name(service: str, database: str) -> str:
    """The file that holds a database's dump in its snapshot."""
    return f"{service}.{database}.dump"


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
    """A manifest from its text; raises PointError for one of another schema or an incomplete one."""
    try:
        manifest = json.loads(text)
    except ValueError as error:
        raise PointError(f"the manifest is not valid JSON: {error}") from error
    schema = manifest.get("schema") if isinstance(manifest, dict) else None
    if schema != SCHEMA:
        raise PointError(
            f"the manifest has schema {schema}, this version reads {SCHEMA}; use the collection that made the point"
        )
    found = problems(manifest)
    if found:
        raise PointError("the manifest is incomplete: " + "; ".join(found))
    return manifest


def problems(manifest: dict[str, Any]) -> list[str]:
    """What a manifest lacks."""
    found = _lacking(manifest, WANTED, "")
    if found:
        return found
    for database in manifest["databases"]:
        found += _lacking(
            database, WANTED_OF_DATABASE, f"database {database.get('service')}/{database.get('database')}: "
        )
    for volume in manifest["volumes"]:
        found += _lacking(volume, WANTED_OF_VOLUME, f"volume {volume.get('name')}: ")
    return found + _lacking(manifest["configuration"], {"snapshot": str, "tree": str, "paths": list}, "configuration: ")


def _lacking(given: dict[str, Any], wanted: dict[str, type], where: str) -> list[str]:
    return [f"{where}{key} is missing" for key, kind in wanted.items() if not isinstance(given.get(key), kind)]


def uncovered(manifest: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """What the stack has and the manifest has not: a point that lacks it may not be offered."""
    databases = {(entry["service"], entry["database"]) for entry in manifest["databases"]}
    volumes = {entry["name"] for entry in manifest["volumes"]}
    return [
        f"database {server['service']}/{name}"
        for server in document["databases"]
        for name in server["names"]
        if (server["service"], name) not in databases
    ] + [
        f"volume {volume['name']}"
        for volume in document["volumes"]
        if volume["backup"] in SAVED and volume["name"] not in volumes
    ]
