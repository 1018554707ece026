# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL inside a stack's containers: what to run there and what its answers mean.

Everything runs with the tools of the server's own image, over the socket inside its container, where the official
images trust the superuser: no password is needed, so none can leak.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.compose import containers
from ansible_collections.photosync.vps.plugins.module_utils.passwords import Login, fits, login_of, new_verifier
from ansible_collections.photosync.vps.plugins.module_utils.preflight.system import read_text
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed, run


class DatabaseError(Exception):
    """A database could not be reached, saved or restored."""


@dataclass(frozen=True)
class Server:
    """A database server of the stack that runs now."""

    service: str
    user: str
    names: tuple[str, ...]
    container: str


def servers(document: dict[str, Any], only: Optional[Sequence[str]] = None) -> list[Server]:
    """The stack's database servers, or those named in ``only``, each in its running container."""
    stack = document["stack"]
    wanted = [entry for entry in document["databases"] if only is None or entry["service"] in only]
    listed = containers(stack) if wanted else []
    running = {container.service: container.id for container in listed if container.state == "running"}
    for entry in wanted:
        if entry["service"] not in running:
            raise DatabaseError(
                f"the database server {entry['service']} is not running; `{stack} up {entry['service']}` starts it"
            )
    return [
        Server(entry["service"], entry["user"], tuple(entry["names"]), running[entry["service"]]) for entry in wanted
    ]


def identifier(name: str) -> str:
    """``name`` quoted as an SQL identifier."""
    return '"{}"'.format(name.replace('"', '""'))


def literal(value: str) -> str:
    """``value`` quoted as an SQL string, whatever the server takes a backslash for."""
    quoted = "'{}'".format(value.replace("'", "''").replace("\\", "\\\\"))
    return f"E{quoted}" if "\\" in value else quoted


def inside(server: Server, argv: Sequence[str], options: str = "") -> list[str]:
    """``argv`` inside the server's container. Never with a terminal: that would rewrite line ends in a dump."""
    settings = ["--env", "PGOPTIONS=" + options] if options else []
    return ["docker", "exec", "--interactive"] + settings + [server.container] + list(argv)


def psql_argv(server: Server, database: str) -> list[str]:
    """psql that reads SQL from its input, stops at the first error and answers in CSV."""
    words = ["psql", "--no-psqlrc", "--quiet", "--csv", "--tuples-only", "--set", "ON_ERROR_STOP=1"]
    return inside(server, words + ["--username", server.user, "--dbname", database])


def dump_argv(server: Server, database: str, snapshot: str) -> list[str]:
    """pg_dump of exactly what ``snapshot`` sees, uncompressed, so that restic can find what did not change."""
    words = ["pg_dump", "--format=custom", "--compress=0", "--snapshot=" + snapshot]
    return inside(server, words + ["--username", server.user, "--dbname", database])


def dump_version(server: Server) -> str:
    """The version of the server's own pg_dump."""
    return run(inside(server, ["pg_dump", "--version"])).stdout.split(") ")[-1].split()[0]


def restore_argv(server: Server, database: str, options: str) -> list[str]:
    """pg_restore of a dump on its input, all or nothing, with these settings of the session."""
    words = ["pg_restore", "--exit-on-error", "--single-transaction", "--username", server.user, "--dbname", database]
    return inside(server, words, options)


def read_argv(server: Server) -> list[str]:
    """pg_restore that reads a dump to its end and restores nothing."""
    return inside(server, ["pg_restore", "--file=/dev/null"])


def parse_rows(text: str) -> list[list[str]]:
    """psql's CSV answer."""
    return list(csv.reader(io.StringIO(text)))


def query(server: Server, database: str, sql: str) -> list[list[str]]:
    """Run SQL and return its rows as text."""
    try:
        return parse_rows(run(psql_argv(server, database), stdin=sql).stdout)
    except CommandFailed as error:
        raise DatabaseError(f"{server.service}/{database}: {error.stderr.strip() or error}") from error


def maintenance_database(name: str) -> str:
    """A database to be connected to while ``name`` is made, renamed or dropped."""
    return "template1" if name == "postgres" else "postgres"


def existing(server: Server) -> list[str]:
    """The names of the server's databases, templates left out."""
    return [row[0] for row in query(server, "template1", "SELECT datname FROM pg_database WHERE NOT datistemplate")]


def sizes(server: Server) -> dict[str, int]:
    """How many bytes each of the server's databases takes, templates left out."""
    sql = "SELECT datname, pg_database_size(datname) FROM pg_database WHERE NOT datistemplate"
    return {name: int(taken) for name, taken in query(server, "template1", sql)}


def ensure_databases(document: dict[str, Any]) -> list[str]:
    """Make the databases that the stack needs and lacks, and let in whoever has the deployed release's password.

    On all servers at once. Returns each database made as ``service/name``, each password set as ``service: password``.
    """

    def ensure(server: Server) -> list[str]:
        return _ensure(server, login_of(document, server.service))

    with ThreadPoolExecutor() as pool:
        return [name for made in pool.map(ensure, servers(document)) for name in made]


def _ensure(server: Server, login: Optional[Login]) -> list[str]:
    role = literal(login.role if login else server.user)
    kept = f"(SELECT rolpassword FROM pg_authid WHERE rolname = {role})"
    found = query(server, "template1", f"SELECT datname, {kept} FROM pg_database WHERE NOT datistemplate")
    missing = set(server.names) - {name for name, _stored in found}
    for name in sorted(missing):
        query(server, maintenance_database(name), f"CREATE DATABASE {identifier(name)}")
    done = [f"{server.service}/{name}" for name in sorted(missing)]
    if login and not fits(login.password, found[0][1]):
        stored = literal(new_verifier(login.password))
        query(server, "template1", f"ALTER ROLE {identifier(login.role)} PASSWORD {stored}")
        done.append(f"{server.service}: password")
    return done


TABLES = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
"""


def table_count(server: Server, database: str) -> int:
    """How many tables of its own a database has."""
    return int(query(server, database, TABLES)[0][0])


def major(version: str) -> int:
    """The major number of a PostgreSQL version."""
    found = re.match(r"\d+", version)
    if not found:
        raise DatabaseError(f"not a PostgreSQL version: {version}")
    return int(found.group())


def cluster_major(folder: str) -> int:
    """The major version that wrote the cluster in a folder of the host; 0 where there is none."""
    text = read_text(os.path.join(folder, "PG_VERSION")).strip().partition(".")[0]
    return int(text) if text.isdigit() else 0
