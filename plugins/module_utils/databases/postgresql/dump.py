# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Save databases for a point: each as it was at one moment, dumped and counted as of that same moment."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import quote

from ansible_collections.photosync.vps.plugins.module_utils.common import checksum
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.meter import Meter
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, holding
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.client import DatabaseError, Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.holding import Database, Holding
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.statistics import Census
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import AT_ONCE, Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

GONE = "was dropped while the point was made"


@dataclass(frozen=True)
class Asked:
    """A database server before it is dumped: the version of its own pg_dump, and what it holds."""

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
    servers = client.servers(spec)
    with ThreadPoolExecutor() as pool:
        versions, holdings = pool.map(client.dump_version, servers), pool.map(holding.look, servers)
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
            + [holding.left(one.server, database.name, GONE) for one, database, part in found if not part],
        )

    def _present(self, asked: Asked, database: Database) -> Optional[dict[str, Any]]:
        """Save one database; None where it was dropped since it was listed and nobody has declared it."""
        try:
            return self._database(asked, database)
        except (DatabaseError, ResticError):
            if database.declared or database.name in client.existing(asked.server):
                raise
            return None

    def _database(self, asked: Asked, database: Database) -> dict[str, Any]:
        server, name, begun = asked.server, database.name, time.monotonic()
        filename, where = file_name(server.service, name), f"database {server.service}/{name}"
        # How long a dump will be, nobody knows.
        meter = Meter(self.progress, where)
        with Census(server, name) as census, ThreadPoolExecutor(1) as beside:
            argv = client.dump_argv(server, name, census.export())
            description = census.describe()
            counting = beside.submit(census.tables)
            with checksum.summed(argv) as dump:
                try:
                    saved = self.restic.backup_output(dump.argv, filename, self.tags, self.host, meter.at)
                except ResticError as error:
                    # A count that fails takes the snapshot with it, and what pg_dump says then is no reason.
                    counting.result()
                    raise ResticError(client.advised(str(error), server.service), error.rc) from error
                digest = dump.found()
            tables = counting.result()
        rows = sum(table["rows"] for table in tables.values())
        self.progress(f"{where}: {len(tables)} tables, {rows} rows")
        return {
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
