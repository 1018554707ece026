# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a database server holds: which of its databases a point saves, and what it leaves out and why.

The server is asked, not the inventory: an application, or a person with psql, makes databases that nobody declares.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Database, Holding, Server, left
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, load
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.client import Content

SET_ASIDE = "set aside by a restore"
CLOSED = "lets nobody connect: ALLOW_CONNECTIONS is false"
HALF_DROPPED = "half dropped, DROP DATABASE ends it"
COPIED = "what was made in it is in no dump"

# A limit of -2 is what PostgreSQL says of a database whose removal broke off.
LISTED = f"""
SELECT datname, pg_database_size(oid), datallowconn, datconnlimit = -2,
    datacl IS NOT NULL OR EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase = pg_database.oid)
FROM pg_database WHERE {client.LISTED} ORDER BY datname
"""


class Listed(NamedTuple):
    """A database as its server lists it: bytes on the disk, and whether it has settings or grants of its own."""

    name: str
    bytes: int
    lets_connect: bool
    half_dropped: bool
    altered: bool

    @property
    def is_open(self) -> bool:
        """Whether anybody can be connected to it."""
        return self.lets_connect and not self.half_dropped

    @property
    def is_set_aside(self) -> bool:
        """Whether a restore has named it so."""
        return load.is_set_aside(self.name)


def listed(server: Server) -> list[Listed]:
    """All databases of a server, its own templates left out."""
    return [
        Listed(name, int(size), *(flag == "t" for flag in flags))
        for name, size, *flags in client.query(server, client.MAINTENANCE, LISTED)
    ]


def look(server: Server) -> Holding:
    """Ask a server what it holds."""
    rows = listed(server)
    common = [row.name for row in rows if row.name == client.COMMON and row.is_open]
    contents = {name: client.content(server, name) for name in [client.MAINTENANCE, *common]}
    return judge(server, rows, contents)


def judge(server: Server, rows: Iterable[Listed], contents: dict[str, Content]) -> Holding:
    """What is saved and what is not, of a server's answers.

    :param contents: how much is in those databases that every server has.
    """
    saved, left_out = [], []
    for row in rows:
        declared = row.name in server.names
        why = "" if declared else _why_not(row)
        if why:
            left_out.append(left(server, row.name, why))
        elif declared or row.name != client.COMMON or row.altered or any(contents[row.name]):
            saved.append(Database(row.name, row.bytes, declared))
    # PostgreSQL's own words say what is wrong with one that is not there.
    saved += [Database(name) for name in server.names if name not in {database.name for database in saved}]
    if any(contents[client.MAINTENANCE]):
        left_out.append(left(server, client.MAINTENANCE, COPIED))
    return Holding(tuple(saved), tuple(left_out))


def _why_not(row: Listed) -> str:
    if row.is_set_aside:
        return SET_ASIDE
    if row.half_dropped:
        return HALF_DROPPED
    return "" if row.lets_connect else CLOSED
