# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each statement that changes something does to a cluster."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from support.fakes import cluster as clusters
from support.fakes.cluster import ATTRIBUTES, Cluster, Database, Refused, of_session, rows_of
from support.fakes.sql import IDENT, LITERAL, name, value

TABLE = rf"(?:({IDENT})\.)?({IDENT})"


def _of(cluster: Cluster, word: str) -> Database:
    found = cluster["databases"].get(name(word))
    if found is None:
        raise Refused(f'ERROR:  database "{name(word)}" does not exist')
    return found


def _create(session: Any, cluster: Cluster, called: str, encoding: str, collate: str, ctype: str, owner: str) -> None:
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
    if _key(schema, table) in of_session(session, cluster)["tables"]:
        raise Refused(f'ERROR:  relation "{name(table)}" already exists')
    of_session(session, cluster)["tables"][_key(schema, table)] = []


def _insert(session: Any, cluster: Cluster, schema: str, table: str, values: str) -> None:
    rows_of(of_session(session, cluster), _key(schema, table)).extend(re.findall(r"\(([^()]*)\)", values))


def _delete(session: Any, cluster: Cluster, schema: str, table: str) -> None:
    rows_of(of_session(session, cluster), _key(schema, table)).clear()


def _drop_table(session: Any, cluster: Cluster, schema: str, table: str) -> None:
    rows_of(of_session(session, cluster), _key(schema, table))
    del of_session(session, cluster)["tables"][_key(schema, table)]


def _create_extension(session: Any, cluster: Cluster, called: str) -> None:
    if name(called) not in session.server.available:
        raise Refused(f'ERROR:  extension "{name(called)}" is not available')
    of_session(session, cluster)["extensions"][name(called)] = session.server.available[name(called)]


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
