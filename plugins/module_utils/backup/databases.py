# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a point has of database servers: dumps, each of one moment and counted as of that same moment, and the roles."""

from __future__ import annotations

import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import quote

from ansible_collections.photosync.vps.plugins.module_utils.common import checksum
from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.meter import Meter
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry, shapes
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import (
    Database,
    DatabaseError,
    Holding,
    Part,
    Server,
    left,
)
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import AT_ONCE, Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

ROLES = "roles"
GONE = "was dropped while the point was made"


@dataclass(frozen=True)
class Asked:
    """A database server before it is dumped: the version of the tool that does it, and what it holds."""

    server: Server
    dump_version: str
    holding: Holding


@dataclass(frozen=True)
class Dumped:
    """What the manifest says of each database that was saved, and of each that was not."""

    saved: list[dict[str, Any]]
    left_out: list[dict[str, str]]


def file_name(service: str, database: str) -> str:
    """The file that holds a database's dump in its snapshot. A database may be called anything, a file may not."""
    return f"{service}.{quote(database, safe=' ', errors='surrogateescape')}.dump"


def ask(spec: Spec) -> list[Asked]:
    """Ask the stack's servers, all at once; raises DatabaseError where one does not run."""
    servers = registry.servers(spec)
    with ThreadPoolExecutor() as pool:
        versions = pool.map(lambda server: registry.of(server).version(server), servers)
        holdings = pool.map(lambda server: registry.of(server).holding(server), servers)
        return [Asked(*known) for known in zip(servers, versions, holdings)]


class Dumping:
    """All databases of a point, saved into ``restic`` under the point's ``tags``."""

    def __init__(self, restic: Restic, host: str, tags: list[str], progress: Progress):
        self.restic = restic
        self.host = host
        self.tags = tags
        self.progress = progress

    def save(self, asked: list[Asked]) -> Dumped:
        """Save every database, in the manifest in the order of the servers and their names."""
        wanted = [(one, database) for one in asked for database in one.holding.saved]
        # The largest first: the small ones are saved beside it.
        in_turn = sorted(wanted, key=lambda pair: pair[1].bytes, reverse=True)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            saving = {(one.server, database): pool.submit(self._present, one, database) for one, database in in_turn}
            found = [(one, database, saving[one.server, database].result()) for one, database in wanted]
        return Dumped(
            [part for _one, _database, part in found if part],
            [left for one in asked for left in one.holding.left_out]
            + [left(one.server, database.name, GONE) for one, database, part in found if not part],
        )

    def _present(self, asked: Asked, database: Database) -> Optional[Part]:
        """Save one database; None where it was dropped since it was listed and nobody has declared it."""
        try:
            return self._database(asked, database)
        except (DatabaseError, ResticError):
            if database.declared or database.name in registry.of(asked.server).names(asked.server):
                raise
            return None

    def _database(self, asked: Asked, database: Database) -> Part:
        server, name, begun = asked.server, database.name, time.monotonic()
        engine = registry.of(server)
        filename, where = file_name(server.service, name), f"database {server.service}/{name}"
        # How long a dump will be, nobody knows.
        meter = Meter(self.progress, where)
        with engine.moment(server, name) as moment, ThreadPoolExecutor(1) as beside:
            argv = moment.argv()
            description = moment.describe()
            counting = beside.submit(moment.tables)
            with checksum.summed(argv) as dump:
                try:
                    saved = self.restic.backup_output(dump.argv, filename, self.tags, self.host, meter.at)
                except ResticError as error:
                    # A count that fails takes the snapshot with it, and what the dump says then is no reason.
                    counting.result()
                    raise ResticError(engine.advised(str(error), server), error.rc) from error
                digest = dump.found()
            tables = counting.result()
        rows = sum(table["rows"] for table in tables.values())
        self.progress(f"{where}: {len(tables)} tables, {rows} rows")
        return {
            **shapes.said_of(server),
            "service": server.service,
            "database": name,
            "declared": database.declared,
            "dump_version": asked.dump_version,
            **description,
            "tables": tables,
            "snapshot": saved["snapshot_id"],
            "file": filename,
            "bytes": saved["total_bytes_processed"],
            "sha256": digest,
            "seconds": round(time.monotonic() - begun, 2),
        }


def write_roles(state_dir: str, asked: list[Asked]) -> list[dict[str, Any]]:
    """Lay the roles of each server into files for the point; returns what the manifest says of each.

    That is service, superuser, names, and paths: ``file`` is for a restore; ``sql`` and, once the databases are there,
    ``after`` are the same for a person with the server's client and nothing else. Raises DatabaseError where they
    cannot be written.
    """
    try:
        return _written(os.path.join(state_dir, ROLES), asked)
    except OSError as error:
        raise DatabaseError(f"the roles of the databases cannot be laid into {state_dir}: {error.strerror}") from error


def _written(folder: str, asked: list[Asked]) -> list[dict[str, Any]]:
    os.makedirs(folder, mode=0o700, exist_ok=True)
    said = []
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda one: registry.of(one.server).roles_of(one.server, one.holding.names), asked)
    for server, roles in zip((one.server for one in asked), found):
        path = os.path.join(folder, server.service)
        files = {"file": path + ".json", "sql": path + ".sql", "after": path + ".after.sql"}
        write_atomically(files["file"], json.dumps(roles.saved, indent=2, sort_keys=True) + "\n")
        write_atomically(files["sql"], roles.before)
        write_atomically(files["after"], roles.after)
        said.append(
            {
                **shapes.said_of(server),
                "service": server.service,
                "user": server.user,
                "names": list(roles.names),
                **files,
            }
        )
    return said


def clear_roles(state_dir: str) -> None:
    """Leave nothing of it on the host."""
    shutil.rmtree(os.path.join(state_dir, ROLES), ignore_errors=True)
