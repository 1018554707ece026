# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Save databases for a point: each as it was at one moment, dumped and counted as of that same moment."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils import databases
from ansible_collections.photosync.vps.plugins.module_utils.databases import Server
from ansible_collections.photosync.vps.plugins.module_utils.points import checksum, manifest
from ansible_collections.photosync.vps.plugins.module_utils.points.census import Census
from ansible_collections.photosync.vps.plugins.module_utils.points.meter import Meter
from ansible_collections.photosync.vps.plugins.module_utils.points.progress import Progress
from ansible_collections.photosync.vps.plugins.module_utils.restic import AT_ONCE, Restic


@dataclass(frozen=True)
class Asked:
    """A database server before it is dumped: the version of its own pg_dump, and the bytes of each database."""

    server: Server
    dump_version: str
    sizes: dict[str, int]


def ask(document: dict[str, Any]) -> list[Asked]:
    """Ask the stack's servers, all at once; raises DatabaseError where one does not run."""
    servers = databases.servers(document)
    with ThreadPoolExecutor() as pool:
        versions, sizes = pool.map(databases.dump_version, servers), pool.map(databases.sizes, servers)
        return [Asked(*known) for known in zip(servers, versions, sizes)]


class Dumping:
    """All databases of a point, saved into ``restic`` under the point's ``tags``."""

    def __init__(self, restic: Restic, host: str, tags: list[str], progress: Progress):
        self.restic = restic
        self.host = host
        self.tags = tags
        self.progress = progress

    def save(self, asked: list[Asked]) -> list[dict[str, Any]]:
        """Save every database; returns what the manifest says of each, in the order of the servers and their names."""
        wanted = [(one, name) for one in asked for name in one.server.names]
        # The largest first: the small ones are saved beside it.
        in_turn = sorted(wanted, key=lambda pair: pair[0].sizes.get(pair[1], 0), reverse=True)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            saving = {(one.server, name): pool.submit(self._database, one, name) for one, name in in_turn}
            return [saving[one.server, name].result() for one, name in wanted]

    def _database(self, asked: Asked, name: str) -> dict[str, Any]:
        server, begun = asked.server, time.monotonic()
        filename, where = manifest.dump_name(server.service, name), f"database {server.service}/{name}"
        # How long a dump will be, nobody knows.
        meter = Meter(self.progress, where)
        with Census(server, name) as census, ThreadPoolExecutor(1) as beside:
            argv = databases.dump_argv(server, name, census.export())
            description = census.describe()
            counting = beside.submit(census.tables)
            with checksum.summed(argv) as dump:
                saved = self.restic.backup_output(dump.argv, filename, self.tags, self.host, meter.at)
                digest = dump.found()
            tables = counting.result()
        rows = sum(table["rows"] for table in tables.values())
        self.progress(f"{where}: {len(tables)} tables, {rows} rows")
        return {
            "service": server.service,
            "database": name,
            "dump_version": asked.dump_version,
            **description,
            "tables": tables,
            "snapshot": saved["snapshot_id"],
            "file": filename,
            "bytes": saved["total_bytes_processed"],
            "sha256": digest,
            "seconds": round(time.monotonic() - begun, 2),
        }
