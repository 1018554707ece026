# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore would replace by what, with ages and sizes: gathered with nothing changed, then said to people."""

from __future__ import annotations

import datetime
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils import databases, table
from ansible_collections.photosync.vps.plugins.module_utils.points import choice, durations, engine, parts
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import FIRST

NOTHING = "nothing"


def report(document: dict[str, Any], manifest: dict[str, Any], wanted: str) -> dict[str, Any]:
    """The report as data: ``point, chosen, age, parts, stops, expected, dns``."""
    return {
        "chosen": choice.explain(wanted, manifest),
        "age": choice.age(manifest, datetime.datetime.now().astimezone()),
        "parts": _databases(document, manifest) + _volumes(document, manifest),
        "stops": stops(document, manifest),
        "expected": durations.expected(document, manifest),
    }


def stops(document: dict[str, Any], manifest: dict[str, Any]) -> list[str]:
    """The services that serve now and would have to stand still."""
    if document.get("bare"):
        return []
    return sorted(engine.running_services(document["stack"]) & parts.concerned(document, manifest))


def _databases(document: dict[str, Any], manifest: dict[str, Any]) -> list[dict[str, Any]]:
    running = engine.running_services(document["stack"]) if manifest["databases"] else set()
    known = [entry["service"] for entry in document["databases"] if entry["service"] in running]
    servers = {server.service: server for server in databases.servers(document, known)}
    declared = {entry["service"] for entry in document["databases"]}
    return [
        {
            "part": f"database {part['service']}/{part['database']}",
            "here": _database(servers.get(part["service"]), part["database"])
            if part["service"] in declared
            else {"said": NOTHING},
            "tables": len(part["tables"]),
            "rows": sum(entry["rows"] for entry in part["tables"].values()),
            "bytes": part["bytes"],
        }
        for part in manifest["databases"]
    ]


def _database(server: Optional[databases.Server], name: str) -> dict[str, Any]:
    if server is None:
        return {"said": "not known: its server does not run"}
    if name not in databases.existing(server):
        return {"said": NOTHING}
    count = databases.table_count(server, name)
    weight = int(databases.query(server, name, "SELECT pg_database_size(current_database())")[0][0])
    return {"tables": count, "bytes": weight, "said": f"{count} tables, {table.size(weight)} on disk"}


def _volumes(document: dict[str, Any], manifest: dict[str, Any]) -> list[dict[str, Any]]:
    names = {volume["name"]: volume["docker_name"] for volume in document["volumes"]}
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
    if found["stops"]:
        lines.append(f"stands still meanwhile: {', '.join(found['stops'])}")
    lines.append(f"expected duration: {durations.sentence(found['expected'])}")
    return "\n".join(lines)


def _where(found: dict[str, Any]) -> str:
    return "" if found.get("repository", FIRST) == FIRST else f", from the repository {found['repository']}"


def _of_point(entry: dict[str, Any]) -> str:
    content = f"{entry['files']} files" if "files" in entry else f"{entry['tables']} tables, {entry['rows']} rows"
    return f"{content}, {table.size(entry['bytes'])}"
