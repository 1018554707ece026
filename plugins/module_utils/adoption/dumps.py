# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dumps of a database server in a folder: made by the old server, put into a new one, compared."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import AdoptionError
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, load
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.client import Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.statistics import Census
from ansible_collections.photosync.vps.plugins.module_utils.host.system import read_text

# Part of the names of databases that stand beside another one for a while.
MARK = "adopted"

Part = dict[str, Any]


class Folder:
    """Dumps in a folder, in place of a repository."""

    environment: Mapping[str, str] = {}

    def __init__(self, path: str):
        self.path = path

    def dump_argv(self, snapshot: str, filename: str) -> Sequence[str]:
        """A command that prints one dump."""
        return ["cat", os.path.join(self.path, filename)]

    def file(self, server: Server, name: str) -> str:
        """Where a dump, or the roles, of a server lie."""
        return os.path.join(self.path, f"{server.service}-{name.replace('/', '_')}")


def save(server: Server, folder: Folder, counted: bool = False) -> list[Part]:
    """Dump roles and databases of a server; says what each database is.

    :param counted: also how many rows each table has and what is in them, in the very snapshot that the dump sees.
    """
    _to_file(roles_argv(server), folder.file(server, "roles.sql"))
    return [_dump(server, name, folder, counted) for name in _worth_it(server)]


def fill(server: Server, parts: Sequence[Part], folder: Folder) -> None:
    """Put dumps into a server that holds nothing yet, and compare; raises AdoptionError where rows differ."""
    known = {row[0] for row in client.query(server, "template1", "SELECT rolname FROM pg_roles;")}
    client.query(server, "template1", without_known(read_text(folder.file(server, "roles.sql")), known))
    for part in parts:
        load.fill(server, folder, part, MARK)
        load.take_over(server, part, MARK)
        load.drop(server, load.beside(part["database"], "before", MARK))
        differing = differences(part["tables"], _count(server, part["database"]))
        if differing:
            what = f"{server.service}/{part['database']}"
            raise AdoptionError(f"database {what} is not the same after its dump: {', '.join(differing)}")
    load.checkpoint(server)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The tables that differ in rows or content, those that are in one of the two alone included."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def without_known(roles: str, known: set[str]) -> str:
    """The roles of a server as SQL for another one, which has some of them already."""
    made = {f"CREATE ROLE {form};" for name in known for form in (name, client.identifier(name))}
    # Newer versions print commands for psql of their own kind, which older ones do not know.
    return "\n".join(line for line in roles.splitlines() if line not in made and not line.startswith("\\"))


def roles_argv(server: Server) -> list[str]:
    """pg_dumpall of roles and nothing else: it is the only tool that knows their passwords' digests."""
    return client.inside(server, ["pg_dumpall", "--roles-only", "--username", server.user])


def digest_of(server: Server) -> str:
    """What a server keeps of its superuser's password, good for setting the same one again."""
    sql = f"SELECT coalesce(rolpassword, '') FROM pg_authid WHERE rolname = {client.literal(server.user)};"
    return client.query(server, "template1", sql)[0][0]


def set_digest(server: Server, digest: str) -> None:
    """Give the superuser the password back that this is the digest of."""
    sql = f"ALTER ROLE {client.identifier(server.user)} PASSWORD {client.literal(digest)};"
    client.query(server, "template1", sql)


def _worth_it(server: Server) -> list[str]:
    """Every database, but the one for maintenance where nobody keeps anything in it."""
    names = client.existing(server)
    return [name for name in names if name != client.COMMON or any(client.content(server, name))]


def _dump(server: Server, name: str, folder: Folder, counted: bool) -> Part:
    path = folder.file(server, f"{name}.dump")
    with Census(server, name) as census:
        _to_file(census.argv(), path)
        part = {"service": server.service, "database": name, "snapshot": "", "file": os.path.basename(path)}
        return {**part, **census.describe(), "tables": census.tables() if counted else {}}


def _count(server: Server, database: str) -> dict[str, Any]:
    with Census(server, database) as census:
        return census.tables()


def _to_file(argv: Sequence[str], path: str) -> None:
    """Run a command into a file that only root reads; a failure leaves an earlier file as it was."""
    handle, unfinished = tempfile.mkstemp(prefix=".new-", dir=os.path.dirname(path))
    try:
        with open(handle, "wb") as stream:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise CommandFailed(argv, done.returncode, "", done.stderr.decode("utf-8", "replace"))
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise
