# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore would replace by what, with ages and sizes: gathered with nothing changed, then said to people."""

from __future__ import annotations

import datetime
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import choice, leftout
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import FIRST
from ansible_collections.photosync.vps.plugins.module_utils.common import table
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import UNREADABLE, Server, Stored
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.restore import durations, selection
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target

NOTHING = "nothing"


def report(target: Target, manifest: dict[str, Any], wanted: str) -> dict[str, Any]:
    """The report as data: ``chosen, age, parts, stays, left_out, stops, expected``."""
    return {
        "chosen": choice.explain(wanted, manifest),
        "age": choice.age(manifest, datetime.datetime.now().astimezone()),
        "parts": _databases(target, manifest) + _volumes(target, manifest),
        "stays": stays(target, manifest),
        "left_out": [] if manifest["only"] else leftout.said(manifest["left_out"]),
        "stops": stops(target, manifest),
        "expected": durations.expected(target, manifest),
    }


def stops(target: Target, manifest: dict[str, Any]) -> list[str]:
    """The services that serve now and would have to stand still."""
    if target.bare:
        return []
    return sorted(engine.running_services(target.stack) & selection.concerned(target, manifest))


def stays(target: Target, manifest: dict[str, Any]) -> list[str]:
    """Databases that hold something here, on servers of the point, and are not in it: they stay as they are."""
    if manifest["only"] and selection.DATABASES not in manifest["only"]:
        return []
    saved = {(part["service"], part["database"]) for part in manifest["databases"]}
    known = {entry.service for entry in target.databases} & engine.running_services(target.stack)
    return [f"database {'/'.join(place)}" for place in registry.here(target, known) if place not in saved]


def _databases(target: Target, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    running = engine.running_services(target.stack) if manifest["databases"] else set()
    known = [entry.service for entry in target.databases if entry.service in running]
    servers = {server.service: server for server in registry.servers(target, known)}
    there = {(name, row.name): row for name, server in servers.items() for row in registry.of(server).stored(server)}
    declared = {entry.service for entry in target.databases}
    return [
        {
            "part": f"database {part['service']}/{part['database']}",
            "here": _database(servers.get(part["service"]), there.get((part["service"], part["database"])))
            if part["service"] in declared
            else {"said": NOTHING},
            "tables": len(part["tables"]),
            "rows": sum(entry["rows"] for entry in part["tables"].values()),
            "bytes": part["bytes"],
        }
        for part in manifest["databases"]
    ]


def _database(server: Optional[Server], row: Optional[Stored]) -> dict[str, Any]:
    if server is None:
        return {"said": "not known: its server does not run"}
    if row is None:
        return {"said": NOTHING}
    on_disk = f"{table.size(row.bytes)} on disk"
    if not row.is_open:
        return {"bytes": row.bytes, "said": f"{on_disk}, {UNREADABLE}"}
    tables = registry.of(server).content(server, row.name).tables
    return {"tables": tables, "bytes": row.bytes, "said": f"{tables} tables, {on_disk}"}


def _volumes(target: Target, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    names = {volume.name: volume.docker_name for volume in target.volumes}
    return [
        {
            "part": f"volume {part['name']}",
            "here": _volume(names.get(part["name"])),
            "files": part["files"],
            "bytes": part["bytes"],
        }
        for part in manifest["volumes"]
    ]


def _volume(docker_name: Optional[str]) -> dict[str, Any]:
    path = engine.mountpoint(docker_name) if docker_name else None
    if path is None:
        return {"said": NOTHING}
    held = engine.weight(path)
    return {**held, "said": f"{held['files']} files, {table.size(held['bytes'])}" if held["files"] else NOTHING}


def text(found: dict[str, Any]) -> str:
    """The report for people."""
    rows = [[entry["part"], entry["here"]["said"], _of_point(entry)] for entry in found["parts"]]
    lines = [
        f"{found['chosen']}, {found['age']} old{_where(found)}",
        "",
        table.render(["part", "here now", "from the point"], rows),
        "",
    ]
    if found["left_out"]:
        lines.append(leftout.sentence(found["left_out"]))
    if found["stays"]:
        lines.append(f"stays as it is, since the point has none of that name: {', '.join(found['stays'])}")
    if found["stops"]:
        lines.append(f"stands still meanwhile: {', '.join(found['stops'])}")
    lines.append(f"expected duration: {durations.sentence(found['expected'])}")
    return "\n".join(lines)


def _where(found: dict[str, Any]) -> str:
    return "" if found.get("repository", FIRST) == FIRST else f", from the repository {found['repository']}"


def _of_point(entry: dict[str, Any]) -> str:
    content = f"{entry['files']} files" if "files" in entry else f"{entry['tables']} tables, {entry['rows']} rows"
    return f"{content}, {table.size(entry['bytes'])}"
