# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The roles of a database server besides its superuser: no dump of a database holds them, and all name them as owners.

What lets them in, a password's verifier, is kept in the repository alone: the manifest names them and no more.
"""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.shapes import (
    FLAG,
    SQL_NAME,
    TEXT,
    Field,
    between,
    listed,
    one_of,
    record,
    row,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError, Roles, Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.client import (
    identifier,
    inside,
    literal,
    query,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.parameters import (
    NAME_OR_NONE,
    SETTING,
    assignment,
)

# What a role may, and the column of pg_authid that says so, without its "rol".
ATTRIBUTES = {
    "SUPERUSER": "super",
    "INHERIT": "inherit",
    "CREATEROLE": "createrole",
    "CREATEDB": "createdb",
    "LOGIN": "canlogin",
    "REPLICATION": "replication",
    "BYPASSRLS": "bypassrls",
}
SAVED = record(
    {
        "roles": Field(
            listed(
                record(
                    {
                        "name": Field(SQL_NAME),
                        "attributes": Field(listed(one_of(ATTRIBUTES, f"one of {', '.join(ATTRIBUTES)}"))),
                        "limit": Field(between(-1, 2**31 - 1)),
                        "until": Field(TEXT),
                        "password": Field(TEXT),
                    }
                )
            )
        ),
        "members": Field(listed(row(SQL_NAME, SQL_NAME, FLAG))),
        "settings": Field(listed(row(SQL_NAME, NAME_OR_NONE, SETTING))),
    }
)
# One question, since each takes a tenth of a second. Names that begin with pg_ are PostgreSQL's own.
LOOK = """
SELECT json_build_object(
    'roles', (SELECT coalesce(json_agg(json_build_object(
        'name', rolname,
        'attributes', array_remove(ARRAY[{attributes}], NULL),
        'limit', rolconnlimit,
        'until', coalesce(rolvaliduntil::text, ''),
        'password', coalesce(rolpassword, '')) ORDER BY rolname), '[]')
        FROM pg_authid WHERE rolname !~ '^pg_'),
    'members', (SELECT coalesce(json_agg(json_build_array(g.rolname, m.rolname, a.admin_option)
        ORDER BY g.rolname, m.rolname), '[]')
        FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
        WHERE m.rolname !~ '^pg_'),
    'settings', (SELECT coalesce(json_agg(json_build_array(r.rolname, coalesce(d.datname, ''), setting)
        ORDER BY r.rolname, d.datname, setting), '[]')
        FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase,
        unnest(s.setconfig) setting));
""".format(attributes=", ".join(f"CASE WHEN rol{column} THEN '{word}' END" for word, column in ATTRIBUTES.items()))


def look(server: Server) -> dict[str, Any]:
    """``{roles, members, settings}`` of a server, as :func:`statements` takes them."""
    found: dict[str, Any] = json.loads(query(server, "template1", LOOK)[0][0])
    return {**found, "roles": [role for role in found["roles"] if role["name"] != server.user]}


def roles_of(server: Server, databases: set[str]) -> Roles:
    """The roles of a server, with what they have set in these databases."""
    found = look(server)
    return Roles(
        [role["name"] for role in found["roles"]],
        found,
        before="\n".join([*statements(found, {server.user}, whole=True), ""]),
        after="\n".join([*_of_databases(found, databases), ""]),
    )


def put_back(server: Server, saved: dict[str, Any], whole: bool) -> list[str]:
    """Give a server the roles that a point has of it, as :data:`SAVED` says; returns those that were missing.

    :param whole: also let those that are there be what they were; a part is no reason to change who gets in.
    """
    # Whoever this server's superuser is stays that, whatever it was where the point was made.
    wanted = [role for role in saved["roles"] if role["name"] != server.user]
    present = names(server)
    _run(server, statements({**saved, "roles": wanted}, present, whole))
    return [role["name"] for role in wanted if role["name"] not in present]


def settle(server: Server, saved: dict[str, Any], databases: set[str]) -> None:
    """Put back what roles have set for single databases, those of ``databases``, which have to be there."""
    _run(server, _of_databases(saved, databases))


def printed_argv(server: Server) -> list[str]:
    """pg_dumpall of roles and nothing else: it is the only tool that knows their passwords' digests."""
    return inside(server, ["pg_dumpall", "--roles-only", "--username", server.user])


def run_printed(server: Server, printed: str) -> None:
    """Make the roles that pg_dumpall has printed, on a server that has some of them."""
    query(server, "template1", without_known(printed, names(server)))


def without_known(printed: str, known: set[str]) -> str:
    """The roles of a server as SQL for another one, which has some of them already."""
    made = {f"CREATE ROLE {form};" for name in known for form in (name, identifier(name))}
    # Newer versions print commands for psql of their own kind, which older ones do not know.
    return "\n".join(line for line in printed.splitlines() if line not in made and not line.startswith("\\"))


def digest_of(server: Server) -> str:
    """What a server keeps of its superuser's password, good for setting the same one again."""
    sql = f"SELECT coalesce(rolpassword, '') FROM pg_authid WHERE rolname = {literal(server.user)};"
    return query(server, "template1", sql)[0][0]


def set_digest(server: Server, kept: str) -> None:
    """Give the superuser the password back that this is kept of."""
    query(server, "template1", f"ALTER ROLE {identifier(server.user)} PASSWORD {literal(kept)};")


def names(server: Server) -> set[str]:
    """The names of a server's roles."""
    return {row[0] for row in query(server, "template1", "SELECT rolname FROM pg_roles")}


def _run(server: Server, sql: list[str]) -> None:
    if not sql:
        return
    try:
        query(server, "template1", "\n".join(["BEGIN;", *sql, "COMMIT;"]))
    except DatabaseError as error:
        # What follows the first line may be the statement, and with it a verifier.
        said = str(error).splitlines()[0]
        raise DatabaseError(f"the roles of {server.service} cannot be put back: {said}") from None


def statements(saved: dict[str, Any], present: set[str], whole: bool) -> list[str]:
    """SQL that makes the saved roles; those that are present are changed only for the whole."""
    wanted = [role for role in saved["roles"] if whole or role["name"] not in present]
    known = {role["name"] for role in wanted}
    sql = [f"CREATE ROLE {identifier(name)};" for name in sorted(known - present)]
    sql += [_alteration(role) for role in wanted]
    sql += [
        f"GRANT {identifier(group)} TO {identifier(member)}{' WITH ADMIN OPTION' if admin else ''};"
        for group, member, admin in saved["members"]
        if group in known or member in known
    ]
    concerned = known | (present if whole else set())
    return sql + [_setting(*row) for row in saved["settings"] if not row[1] and row[0] in concerned]


def _alteration(role: dict[str, Any]) -> str:
    words = [word if word in role["attributes"] else f"NO{word}" for word in ATTRIBUTES]
    words.append(f"CONNECTION LIMIT {int(role['limit'])}")
    words.append(f"VALID UNTIL {literal(role['until'] or 'infinity')}")
    words.append(f"PASSWORD {literal(role['password'])}" if role["password"] else "PASSWORD NULL")
    return f"ALTER ROLE {identifier(role['name'])} WITH {' '.join(words)};"


def _of_databases(saved: dict[str, Any], databases: set[str]) -> list[str]:
    """SQL for what roles have set for these databases alone."""
    return [_setting(*row) for row in saved["settings"] if row[1] in databases]


def _setting(role: str, database: str, setting: str) -> str:
    where = f" IN DATABASE {identifier(database)}" if database else ""
    return f"ALTER ROLE {identifier(role)}{where} SET {assignment(setting)};"
