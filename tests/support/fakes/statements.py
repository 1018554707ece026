# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each statement of the engine's does to a cluster, and what it answers.

Questions are known by the engine's own words; what changes something is understood. Any other statement is refused, so
that whoever changes the engine's words sees at once what the fake does not know yet.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, holding, roles
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import statistics as census
from support.fakes import cluster as clusters
from support.fakes.cluster import ATTRIBUTES, Cluster, Database
from support.fakes.sql import IDENT, LITERAL, name, plain, value

Rows = list[dict[str, Any]]
OWN = ("template0", "template1")
TABLE = rf"(?:({IDENT})\.)?({IDENT})"


class Refused(Exception):
    """The server does not do it; the message is its own."""


def opened(cluster: Cluster, database: str) -> Database:
    """A database that somebody wants to be connected to."""
    found = cluster["databases"].get(database)
    if found is None:
        raise Refused(f'FATAL:  database "{database}" does not exist')
    if found["limit"] == -2:
        raise Refused(f'FATAL:  cannot connect to invalid database "{database}"')
    if not found["allow"]:
        raise Refused(f'FATAL:  database "{database}" is not currently accepting connections')
    return found


def execute(session: Any, cluster: Cluster, statement: str) -> tuple[Rows, bool]:
    """Do one statement; returns its rows, and whether it has changed the cluster."""
    text = plain(statement)
    if text in ANSWERS:
        return ANSWERS[text](session, cluster), False
    for form, answer in QUESTIONS:
        if re.match(form, text, re.DOTALL):
            return answer(session, cluster, text), False
    for form, change in CHANGES:
        found = re.fullmatch(form, text, re.DOTALL)
        if found:
            change(session, cluster, *found.groups())
            return [], True
    raise Refused(f"ERROR:  the fake of PostgreSQL does not know this statement: {text[:300]}")


def is_change(text: str) -> bool:
    """Whether a statement, as ``plain`` has it, changes something."""
    return any(re.fullmatch(form, text, re.DOTALL) for form, _change in CHANGES)


def _database(session: Any, cluster: Cluster) -> Database:
    return cluster["databases"][session.database]


def _of(cluster: Cluster, word: str) -> Database:
    found = cluster["databases"].get(name(word))
    if found is None:
        raise Refused(f'ERROR:  database "{name(word)}" does not exist')
    return found


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
    found = _database(session, cluster)
    tables = len(found["tables"])
    schemas = {table.split(".")[0] for table in found["tables"]} - {"public"}
    extensions = len(set(found["extensions"]) - set(clusters.PLPGSQL))
    return [{"tables": tables, "objects": tables + len(schemas) + found["large_objects"], "extensions": extensions}]


def _roles(session: Any, cluster: Cluster) -> Rows:
    order = [word for word in roles.ATTRIBUTES]
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
    found = {"roles": listed, "members": sorted(cluster["members"]), "settings": sorted(cluster["settings"])}
    return [{"found": json.dumps(found)}]


def _passwords(_session: Any, cluster: Cluster, text: str) -> Rows:
    called = value(re.findall(rf"rolname = ({LITERAL})", text)[0])
    kept = cluster["roles"].get(called, {}).get("password") or None
    return [{"datname": one, "kept": kept} for one in cluster["databases"]]


def _described(session: Any, cluster: Cluster) -> Rows:
    found = _database(session, cluster)
    kept = {key: found[key] for key in ("encoding", "collate", "ctype", "owner", "template")}
    return [{"version": cluster["version"], **kept}]


def _grants(session: Any, cluster: Cluster) -> Rows:
    acl = _database(session, cluster)["acl"]
    order = list(cluster["roles"])
    found = acl and sorted(acl, key=lambda row: (order.index(row[0]) if row[0] else -1, row[1]))
    return [{"acl": json.dumps(found)}]


def _tables(session: Any, cluster: Cluster) -> Rows:
    pairs = [table.split(".", 1) for table in sorted(_database(session, cluster)["tables"])]
    return [{"schema": schema, "table": table} for schema, table in pairs]


def _counted(session: Any, cluster: Cluster, text: str) -> Rows:
    found = []
    for schema, table in re.findall(rf"FROM ONLY ({IDENT})\.({IDENT}) _row_", text):
        key = f"{name(schema)}.{name(table)}"
        rows = _rows(_database(session, cluster), key)
        total = sum(int(hashlib.sha256(row.encode("utf-8", "surrogatepass")).hexdigest()[:16], 16) for row in rows)
        found.append({"name": key, "rows": len(rows), "digest": total})
    return found


def _rows(database: Database, table: str) -> list[str]:
    if table not in database["tables"]:
        raise Refused(f'ERROR:  relation "{table}" does not exist')
    return database["tables"][table]


def _exported(session: Any, cluster: Cluster) -> Rows:
    session.exported.append(session.server.export(_database(session, cluster)))
    return [{"snapshot": session.exported[-1]}]


def _nothing(*_given: Any) -> Rows:
    return []


ANSWERS: dict[str, Callable[[Any, Cluster], Rows]] = {
    plain(text): answer
    for text, answer in {
        client.IN_UTF8.split("\\gset")[0]: lambda _session, _cluster: [{"encoding": "UTF8"}],
        f"SELECT datname FROM pg_database WHERE {client.LISTED}": _names,
        client.CONTENT: _content,
        holding.LISTED: _listed,
        roles.LOOK: _roles,
        census.DESCRIBE: _described,
        census.EXTENSIONS: lambda session, cluster: [
            {"name": key, "version": one} for key, one in sorted(_database(session, cluster)["extensions"].items())
        ],
        census.OVERRIDES: lambda session, cluster: [{"set": one} for one in _database(session, cluster)["settings"]],
        census.GRANTS: _grants,
        census.LARGE_OBJECTS: lambda session, cluster: [{"count": _database(session, cluster)["large_objects"]}],
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
        rf"SELECT EXISTS \(SELECT FROM pg_database WHERE datname = {LITERAL}\) AS there$",
        lambda _session, cluster, text: [
            {"there": "t" if value(re.findall(rf"datname = ({LITERAL})", text)[0]) in cluster["databases"] else "f"}
        ],
    ),
    (rf"SELECT {LITERAL}, count\(\*\)", _counted),
]


def _create(
    session: Any, cluster: Cluster, called: str, encoding: str, collate: str, ctype: str, owner: str
) -> None:
    if name(called) in cluster["databases"]:
        raise Refused(f'ERROR:  database "{name(called)}" already exists')
    whose = name(owner) if owner else next(iter(cluster["roles"]))
    if whose not in cluster["roles"]:
        raise Refused(f'ERROR:  role "{whose}" does not exist')
    made = clusters.new_database(whose)
    if encoding:
        made.update(encoding=value(encoding), collate=value(collate), ctype=value(ctype))
    cluster["databases"][name(called)] = made


def _drop(_session: Any, cluster: Cluster, forgiving: str, called: str) -> None:
    if name(called) not in cluster["databases"] and forgiving:
        return
    if _of(cluster, called)["template"]:
        raise Refused("ERROR:  cannot drop a template database")
    del cluster["databases"][name(called)]
    cluster["settings"] = [row for row in cluster["settings"] if row[1] != name(called)]


def _rename(_session: Any, cluster: Cluster, old: str, new: str) -> None:
    found = _of(cluster, old)
    if name(new) in cluster["databases"]:
        raise Refused(f'ERROR:  database "{name(new)}" already exists')
    cluster["databases"] = {
        name(new) if key == name(old) else key: found if key == name(old) else one
        for key, one in cluster["databases"].items()
    }
    cluster["settings"] = [[role, name(new) if of == name(old) else of, one] for role, of, one in cluster["settings"]]


def _assigned(parameter: str, values: str) -> str:
    words = [value(word) for word in re.findall(LITERAL, values)]
    called = ".".join(name(word) for word in parameter.split("."))
    if called in ("search_path",):
        words = [word if re.fullmatch(r"[a-z_][a-z0-9_]*", word) else f'"{word}"' for word in words]
    return f"{called}={', '.join(words)}"


def _set(kept: list[str], setting: str) -> list[str]:
    parameter = setting.partition("=")[0]
    return [one for one in kept if one.partition("=")[0] != parameter] + [setting]


def _set_database(_session: Any, cluster: Cluster, called: str, parameter: str, values: str) -> None:
    found = _of(cluster, called)
    found["settings"] = _set(found["settings"], _assigned(parameter, values))


def _set_role(_session: Any, cluster: Cluster, role: str, database: str, parameter: str, values: str) -> None:
    _role(cluster, role)
    of = name(database) if database else ""
    if of:
        _of(cluster, database)
    own = [one for who, where, one in cluster["settings"] if (who, where) == (name(role), of)]
    others = [row for row in cluster["settings"] if (row[0], row[1]) != (name(role), of)]
    cluster["settings"] = others + [[name(role), of, one] for one in _set(own, _assigned(parameter, values))]


def _role(cluster: Cluster, word: str) -> dict[str, Any]:
    found = cluster["roles"].get(name(word))
    if found is None:
        raise Refused(f'ERROR:  role "{name(word)}" does not exist')
    return found


def _create_role(_session: Any, cluster: Cluster, called: str) -> None:
    if name(called) in cluster["roles"]:
        raise Refused(f'ERROR:  role "{name(called)}" already exists')
    cluster["roles"][name(called)] = clusters.role(["INHERIT"])


def _drop_role(_session: Any, cluster: Cluster, called: str) -> None:
    _role(cluster, called)
    del cluster["roles"][name(called)]
    cluster["members"] = [row for row in cluster["members"] if name(called) not in row[:2]]
    cluster["settings"] = [row for row in cluster["settings"] if row[0] != name(called)]


def _alter_role(_session: Any, cluster: Cluster, called: str, words: str) -> None:
    found = _role(cluster, called)
    for word in ATTRIBUTES:
        if re.search(rf"\b{word}\b", words):
            found["attributes"] = sorted({*found["attributes"], word}, key=ATTRIBUTES.index)
        elif re.search(rf"\bNO{word}\b", words):
            found["attributes"] = [one for one in found["attributes"] if one != word]
    limit = re.search(r"CONNECTION LIMIT (-?\d+)", words)
    until, password = (re.search(rf"{key} ({LITERAL})", words) for key in ("VALID UNTIL", "PASSWORD"))
    found["limit"] = int(limit[1]) if limit else found["limit"]
    found["until"] = value(until[1]) if until else found["until"]
    found["password"] = value(password[1]) if password else "" if "PASSWORD NULL" in words else found["password"]


def _member(_session: Any, cluster: Cluster, group: str, member: str, admin: str) -> None:
    _role(cluster, group)
    _role(cluster, member)
    others = [row for row in cluster["members"] if row[:2] != [name(group), name(member)]]
    cluster["members"] = [*others, [name(group), name(member), bool(admin)]]


def _revoke(_session: Any, cluster: Cluster, database: str, whom: str) -> None:
    found = _of(cluster, database)
    names = ["" if word == "PUBLIC" else name(word) for word in re.findall(IDENT + "|PUBLIC", whom)]
    found["acl"] = [row for row in _acl(found) if row[0] not in names]


def _grant(_session: Any, cluster: Cluster, privilege: str, database: str, whom: str, option: str) -> None:
    found, who = _of(cluster, database), "" if whom == "PUBLIC" else name(whom)
    if who:
        _role(cluster, whom)
    others = [row for row in _acl(found) if row[:2] != [who, privilege]]
    found["acl"] = [*others, [who, privilege, bool(option)]]


def _acl(database: Database) -> list[list[Any]]:
    """Who may do what; PostgreSQL's own rule where nobody has granted or revoked anything."""
    if database["acl"] is not None:
        return database["acl"]
    anybody = [["", privilege, False] for privilege in ("CONNECT", "TEMPORARY")]
    return anybody + [[database["owner"], privilege, False] for privilege in ("CONNECT", "CREATE", "TEMPORARY")]


def _flag(key: str) -> Callable[..., None]:
    def change(_session: Any, cluster: Cluster, called: str, wanted: str) -> None:
        _of(cluster, called)[key] = wanted == "true"

    return change


def _key(schema: str, table: str) -> str:
    return f"{name(schema) if schema else 'public'}.{name(table)}"


def _create_table(session: Any, cluster: Cluster, schema: str, table: str, _columns: str) -> None:
    if _key(schema, table) in _database(session, cluster)["tables"]:
        raise Refused(f'ERROR:  relation "{name(table)}" already exists')
    _database(session, cluster)["tables"][_key(schema, table)] = []


def _insert(session: Any, cluster: Cluster, schema: str, table: str, values: str) -> None:
    _rows(_database(session, cluster), _key(schema, table)).extend(re.findall(r"\(([^()]*)\)", values))


def _delete(session: Any, cluster: Cluster, schema: str, table: str) -> None:
    _rows(_database(session, cluster), _key(schema, table)).clear()


def _drop_table(session: Any, cluster: Cluster, schema: str, table: str) -> None:
    _rows(_database(session, cluster), _key(schema, table))
    del _database(session, cluster)["tables"][_key(schema, table)]


def _create_extension(session: Any, cluster: Cluster, called: str) -> None:
    if name(called) not in session.server.available:
        raise Refused(f'ERROR:  extension "{name(called)}" is not available')
    _database(session, cluster)["extensions"][name(called)] = session.server.available[name(called)]


CREATION = rf" TEMPLATE template0 ENCODING ({LITERAL}) LC_COLLATE ({LITERAL}) LC_CTYPE ({LITERAL}) OWNER ({IDENT})"
CHANGES: list[tuple[str, Callable[..., None]]] = [
    (rf"CREATE DATABASE ({IDENT})(?:{CREATION})?", _create),
    (rf"DROP DATABASE (IF EXISTS )?({IDENT})(?: WITH \(FORCE\))?", _drop),
    (rf"ALTER DATABASE ({IDENT}) RENAME TO ({IDENT})", _rename),
    (rf"ALTER DATABASE ({IDENT}) ALLOW_CONNECTIONS (true|false)", _flag("allow")),
    (rf"ALTER DATABASE ({IDENT}) IS_TEMPLATE (true|false)", _flag("template")),
    (rf"ALTER DATABASE ({IDENT}) SET (\S+) TO (.*)", _set_database),
    (rf"ALTER ROLE ({IDENT})(?: IN DATABASE ({IDENT}))? SET (\S+) TO (.*)", _set_role),
    (rf"CREATE ROLE ({IDENT})", _create_role),
    (rf"DROP ROLE ({IDENT})", _drop_role),
    (rf"ALTER ROLE ({IDENT}) ((?:WITH|PASSWORD) .*)", _alter_role),
    (rf"REVOKE ALL ON DATABASE ({IDENT}) FROM (.*)", _revoke),
    (rf"GRANT (\w+) ON DATABASE ({IDENT}) TO (PUBLIC|{IDENT})( WITH GRANT OPTION)?", _grant),
    (rf"GRANT ({IDENT}) TO ({IDENT})( WITH ADMIN OPTION)?", _member),
    (rf"CREATE EXTENSION ({IDENT})", _create_extension),
    (rf"CREATE TABLE {TABLE} \((.*)\)", _create_table),
    (rf"INSERT INTO {TABLE} VALUES (.*)", _insert),
    (rf"DELETE FROM {TABLE}", _delete),
    (rf"DROP TABLE {TABLE}", _drop_table),
]
