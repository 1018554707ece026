# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a server answers to each question of the engine's, known by the engine's own words."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, holding, roles
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import statistics as census

from support.fakes import cluster as clusters
from support.fakes.cluster import Cluster, of_session, rows_of
from support.fakes.sql import IDENT, LITERAL, name, plain, value

Rows = list[dict[str, Any]]
OWN = ("template0", "template1")


def _names(_session: Any, cluster: Cluster) -> Rows:
    return [{"datname": one} for one in cluster["databases"] if one not in OWN]


def _listed(_session: Any, cluster: Cluster) -> Rows:
    return [
        {
            "datname": called,
            "size": 1_000_000 + sum(len(rows) for rows in one["tables"].values()) * 100,
            "allow": one["allow"],
            "invalid": one["limit"] == -2,
            "altered": one["acl"] is not None or bool(one["settings"] or _settings_in(cluster, called)),
        }
        for called, one in sorted(cluster["databases"].items())
        if called not in OWN
    ]


def _settings_in(cluster: Cluster, database: str) -> list[Any]:
    return [row for row in cluster["settings"] if row[1] == database]


def _content(session: Any, cluster: Cluster) -> Rows:
    found = of_session(session, cluster)
    tables = len(found["tables"])
    schemas = {table.split(".")[0] for table in found["tables"]} - {"public"}
    extensions = len(set(found["extensions"]) - set(clusters.PLPGSQL))
    return [{"tables": tables, "objects": tables + len(schemas) + found["large_objects"], "extensions": extensions}]


def _roles(session: Any, cluster: Cluster) -> Rows:
    order = list(roles.ATTRIBUTES)
    listed = [
        {
            "name": called,
            "attributes": [word for word in order if word in one["attributes"]],
            "limit": one["limit"],
            "until": one["until"],
            "password": one["password"],
        }
        for called, one in sorted(cluster["roles"].items())
    ]
    # What holds in every database has none, and comes last.
    settings = sorted(cluster["settings"], key=lambda row: (row[0], not row[1], row[1:]))
    found = {"roles": listed, "members": sorted(cluster["members"]), "settings": settings}
    return [{"found": json.dumps(found)}]


def _passwords(_session: Any, cluster: Cluster, text: str) -> Rows:
    called = value(re.findall(rf"rolname = ({LITERAL})", text)[0])
    kept = cluster["roles"].get(called, {}).get("password") or None
    return [{"datname": one, "kept": kept} for one in cluster["databases"]]


def _described(session: Any, cluster: Cluster) -> Rows:
    found = of_session(session, cluster)
    kept = {key: found[key] for key in ("encoding", "collate", "ctype", "owner", "template")}
    return [{"version": cluster["version"], **kept}]


def _grants(session: Any, cluster: Cluster) -> Rows:
    acl = of_session(session, cluster)["acl"]
    order = list(cluster["roles"])
    found = acl and sorted(acl, key=lambda row: (order.index(row[0]) if row[0] else -1, row[1]))
    return [{"acl": json.dumps(found)}]


def _tables(session: Any, cluster: Cluster) -> Rows:
    pairs = [table.split(".", 1) for table in sorted(of_session(session, cluster)["tables"])]
    return [{"schema": schema, "table": table} for schema, table in pairs]


def _counted(session: Any, cluster: Cluster, text: str) -> Rows:
    found = []
    for schema, table in re.findall(rf"FROM ONLY ({IDENT})\.({IDENT}) _row_", text):
        key = f"{name(schema)}.{name(table)}"
        rows = rows_of(of_session(session, cluster), key)
        total = sum(int(hashlib.sha256(row.encode("utf-8", "surrogatepass")).hexdigest()[:16], 16) for row in rows)
        found.append({"name": key, "rows": len(rows), "digest": total})
    return found


def _exported(session: Any, cluster: Cluster) -> Rows:
    session.exported.append(session.server.export(of_session(session, cluster)))
    return [{"snapshot": session.exported[-1]}]


def _nothing(*_given: Any) -> Rows:
    return []


ANSWERS: dict[str, Callable[[Any, Cluster], Rows]] = {
    plain(text): answer
    for text, answer in {
        client.IN_UTF8.partition("\\gset")[0]: lambda _session, _cluster: [{"encoding": "UTF8"}],
        f"SELECT datname FROM pg_database WHERE {client.LISTED}": _names,
        client.CONTENT: _content,
        holding.LISTED: _listed,
        roles.LOOK: _roles,
        census.DESCRIBE: _described,
        census.EXTENSIONS: lambda session, cluster: [
            {"name": key, "version": one} for key, one in sorted(of_session(session, cluster)["extensions"].items())
        ],
        census.OVERRIDES: lambda session, cluster: [{"set": one} for one in of_session(session, cluster)["settings"]],
        census.GRANTS: _grants,
        census.LARGE_OBJECTS: lambda session, cluster: [{"count": of_session(session, cluster)["large_objects"]}],
        census.TABLES: _tables,
        "SELECT 1": lambda _session, _cluster: [{"one": 1}],
        "SELECT pg_export_snapshot()": _exported,
        "SELECT rolname FROM pg_roles": lambda _session, cluster: [{"name": one} for one in cluster["roles"]],
        "SHOW server_version": lambda _session, cluster: [{"version": cluster["version"]}],
        "SELECT name FROM pg_available_extensions": lambda session, _cluster: [
            {"name": one} for one in session.server.available
        ],
        "CHECKPOINT": _nothing,
        "ANALYZE": _nothing,
    }.items()
}
QUESTIONS: list[tuple[str, Callable[[Any, Cluster, str], Rows]]] = [
    (r"SET ", _nothing),
    (r"DO \$\$", _nothing),
    (r"LOCK TABLE ", _nothing),
    (rf"SELECT datname, \(SELECT rolpassword FROM pg_authid WHERE rolname = {LITERAL}\) FROM pg_database$", _passwords),
    (
        r"SELECT coalesce\(rolpassword, ''\) FROM pg_authid ",
        lambda session, cluster, text: [{"kept": _passwords(session, cluster, text)[0]["kept"]}],
    ),
    (
        rf"SELECT EXISTS \(SELECT FROM pg_database WHERE datname = {LITERAL}\) AS there$",
        lambda _session, cluster, text: [
            {"there": "t" if value(re.findall(rf"datname = ({LITERAL})", text)[0]) in cluster["databases"] else "f"}
        ],
    ),
    (rf"SELECT {LITERAL}, count\(\*\)", _counted),
]
