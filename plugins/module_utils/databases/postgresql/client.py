# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL inside a stack's containers: what to run there and what its answers mean.

Everything runs with the tools of the server's own image, over the socket inside its container, where the official
images trust the superuser: no password is needed, so none can leak.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import NamedTuple, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError, Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.parameters import identifier, literal
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.passwords import (
    Login,
    fits,
    login_of,
    new_verifier,
)
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# The setting that PostgreSQL names where it has no room for another lock.
LOCKS = "max_locks_per_transaction"


def address(database: str) -> str:
    """``database`` as PostgreSQL's tools take it: a name with a "=" in it would be read as a whole address."""
    if "=" not in database and not database.startswith(("postgres://", "postgresql://")):
        return database
    return "dbname='{}'".format(re.sub(r"(['\\])", r"\\\1", database))


def inside(server: Server, argv: Sequence[str], options: str = "") -> list[str]:
    """``argv`` inside the server's container. Never with a terminal: that would rewrite line ends in a dump."""
    settings = ["--env", "PGOPTIONS=" + options] if options else []
    return ["docker", "exec", "--interactive"] + settings + [server.container] + list(argv)


def psql_argv(server: Server, database: str) -> list[str]:
    """psql that reads SQL from its input, stops at the first error and answers in CSV."""
    words = ["psql", "--no-psqlrc", "--quiet", "--csv", "--tuples-only", "--set", "ON_ERROR_STOP=1"]
    return inside(server, words + ["--username", server.user, "--dbname", address(database)])


def dump_argv(server: Server, database: str, snapshot: str) -> list[str]:
    """pg_dump of exactly what ``snapshot`` sees, uncompressed, so that restic can find what did not change."""
    words = ["pg_dump", "--format=custom", "--compress=0", "--snapshot=" + snapshot]
    return inside(server, words + ["--username", server.user, "--dbname", address(database)])


def dump_version(server: Server) -> str:
    """The version of the server's own pg_dump."""
    return run(inside(server, ["pg_dump", "--version"])).stdout.split(") ")[-1].split()[0]


NO_TABLESPACES = "--no-tablespaces"


def restore_argv(server: Server, database: str, options: str, tablespaces: bool = True) -> list[str]:
    """pg_restore of a dump on its input into a new database, with these settings of the session.

    It ends at the first error. One transaction would need a lock for each table, index and large object until its end,
    more than a server of usual settings has room for.

    :param tablespaces: lay tables where they were; without, where the database is.
    """
    words = ["pg_restore", "--exit-on-error", "--username", server.user, "--dbname", address(database)]
    return inside(server, words if tablespaces else [*words, NO_TABLESPACES], options)


def read_argv(server: Server) -> list[str]:
    """pg_restore that reads a dump to its end and restores nothing."""
    return inside(server, ["pg_restore", "--file=/dev/null"])


# psql takes what the database itself has, whatever we write and read. Where that is only bytes, it stays so.
IN_UTF8 = """
SELECT CASE getdatabaseencoding()
    WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END AS encoding \\gset
SET client_encoding = :'encoding';
"""


def parse_rows(text: str) -> list[list[str]]:
    """psql's CSV answer."""
    return list(csv.reader(io.StringIO(text)))


def query(server: Server, database: str, sql: str) -> list[list[str]]:
    """Run SQL and return its rows as text."""
    try:
        return parse_rows(run(psql_argv(server, database), stdin=IN_UTF8 + sql).stdout)
    except CommandFailed as error:
        said = error.stderr.strip() or str(error)
        raise DatabaseError(advised(f"{server.service}/{database}: {said}", server.service)) from error


def advised(said: str, service: str) -> str:
    """What a server said, and what to do about it where it has too many tables for its settings."""
    if LOCKS not in said:
        return said
    return (
        f"{said}\nthe server has more tables than it has room for locks; give {service} more room in its entry of the"
        f" catalogue, such as `command: [postgres, -c, {LOCKS}=1024]`, deploy, and do this again"
    )


# Where one is connected to while other databases are made, renamed or dropped, and what no restore ever replaces.
MAINTENANCE = "template1"
# Made by the server itself for tools to be connected to; data only where somebody keeps anything in it.
COMMON = "postgres"
# What every server has. What others made into templates is data like any other.
OWN_TEMPLATES = ("template0", "template1")
LISTED = f"datname NOT IN ({', '.join(literal(name) for name in OWN_TEMPLATES)})"


def existing(server: Server) -> list[str]:
    """The names of the server's databases, its own templates left out."""
    return [row[0] for row in query(server, MAINTENANCE, f"SELECT datname FROM pg_database WHERE {LISTED}")]


def ensure(server: Server, spec: Spec) -> list[str]:
    """Make the databases that the stack needs and lacks, and let in whoever has the deployed release's password."""
    return _ensure(server, login_of(spec, server.service))


def _ensure(server: Server, login: Optional[Login]) -> list[str]:
    role = literal(login.role if login else server.user)
    kept = f"(SELECT rolpassword FROM pg_authid WHERE rolname = {role})"
    found = query(server, MAINTENANCE, f"SELECT datname, {kept} FROM pg_database")
    missing = set(server.names) - {name for name, _stored in found}
    for name in sorted(missing):
        query(server, MAINTENANCE, f"CREATE DATABASE {identifier(name)}")
    done = [f"{server.service}/{name}" for name in sorted(missing)]
    if login and not fits(login.password, found[0][1]):
        stored = literal(new_verifier(login.password))
        query(server, MAINTENANCE, f"ALTER ROLE {identifier(login.role)} PASSWORD {stored}")
        done.append(f"{server.service}: password")
    return done


# What came with the server itself has smaller numbers, by which pg_dump tells it too.
FIRST_OWN = 16384
# What somebody may have made in a database, each kind with its catalogue. Indexes, and types of rows and lists, come
# with something else; the schemas of temporary tables stay when these are gone.
OWN_KINDS = {
    "pg_class": "relkind IN ('r', 'v', 'm', 'S', 'f', 'p') AND relpersistence <> 't'",
    "pg_type": "typtype IN ('d', 'e', 'r') OR typtype = 'b' AND typelem = 0 OR typtype = 'c'"
    " AND 'c' = (SELECT relkind FROM pg_class WHERE pg_class.oid = typrelid)",
    "pg_namespace": "nspname !~ '^pg_'",
    **dict.fromkeys(
        (
            "pg_cast",
            "pg_collation",
            "pg_conversion",
            "pg_default_acl",
            "pg_event_trigger",
            "pg_foreign_data_wrapper",
            "pg_foreign_server",
            "pg_language",
            "pg_operator",
            "pg_proc",
            "pg_publication",
            "pg_statistic_ext",
            "pg_ts_config",
            "pg_ts_dict",
        ),
        "true",
    ),
}
MADE = "\nUNION ALL ".join(
    f"SELECT {literal(catalogue)}::regclass, oid FROM {catalogue} WHERE oid >= {FIRST_OWN} AND ({condition})"
    for catalogue, condition in OWN_KINDS.items()
)
CONTENT = f"""
SELECT
    (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname !~ '^pg_(toast|temp)'),
    (SELECT count(*) FROM pg_largeobject_metadata) + (SELECT count(*) FROM (
{MADE}
    ) AS made(class, id) WHERE NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = class AND d.objid = id AND d.deptype = 'e')),
    (SELECT count(*) FROM pg_extension WHERE oid >= {FIRST_OWN})
"""


class Content(NamedTuple):
    """How much a database has: tables, objects of any kind that no extension made, and extensions besides PL/pgSQL."""

    tables: int
    objects: int
    extensions: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of anybody's in it, of whatever kind."""
        return not any(self)

    @property
    def said(self) -> str:
        """That for people; empty where nobody keeps anything in it."""
        if self.tables:
            return f"{self.tables} tables"
        return "no tables, but objects of another kind" if self.objects else ""


def content(server: Server, database: str) -> Content:
    """How much a database has."""
    return Content(*(int(count) for count in query(server, database, CONTENT)[0]))


def major(version: str) -> int:
    """The major number of a PostgreSQL version."""
    found = re.match(r"\d+", version)
    if not found:
        raise DatabaseError(f"not a PostgreSQL version: {version}")
    return int(found.group())
