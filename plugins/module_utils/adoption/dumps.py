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
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Server, Tables
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
    _to_file(registry.of(server).roles_argv(server), folder.file(server, "roles.sql"))
    return [_dump(server, name, folder, counted) for name in _worth_it(server)]


def fill(server: Server, parts: Sequence[Part], folder: Folder) -> None:
    """Put dumps into a server that holds nothing yet, and compare; raises AdoptionError where rows differ."""
    engine = registry.of(server)
    engine.run_roles(server, read_text(folder.file(server, "roles.sql")))
    for part in parts:
        engine.fill(server, folder, part, MARK)
        engine.drop(server, engine.take_over(server, part, MARK))
        differing = differences(part["tables"], _count(server, part["database"]))
        if differing:
            what = f"{server.service}/{part['database']}"
            raise AdoptionError(f"database {what} is not the same after its dump: {', '.join(differing)}")
    engine.checkpoint(server)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The tables that differ in rows or content, those that are in one of the two alone included."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _worth_it(server: Server) -> list[str]:
    """Every database, but the one for maintenance where nobody keeps anything in it."""
    engine = registry.of(server)
    return [name for name in engine.names(server) if name != engine.common or not engine.content(server, name).is_empty]


def _dump(server: Server, name: str, folder: Folder, counted: bool) -> Part:
    path = folder.file(server, f"{name}.dump")
    with registry.of(server).moment(server, name) as moment:
        _to_file(moment.argv(), path)
        part = {"service": server.service, "database": name, "snapshot": "", "file": os.path.basename(path)}
        return {**part, **moment.describe(), "tables": moment.tables() if counted else {}}


def _count(server: Server, database: str) -> Tables:
    with registry.of(server).moment(server, database) as moment:
        return moment.tables()


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
