# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put a dump into a new database and give it the old one's name once it is whole."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.common.meter import Meter
from ansible_collections.photosync.vps.plugins.module_utils.common.pipes import pipe
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases import memory
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError, Part, Server, Source
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.client import (
    MAINTENANCE,
    advised,
    existing,
    identifier,
    literal,
    query,
    restore_argv,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.parameters import (
    PRIVILEGES,
    assignment,
)

# PostgreSQL cuts names of more bytes short without a word.
NAME_LIMIT = 63
# What tells two databases apart whose names begin alike and are cut.
DIGEST_LENGTH = 8
# Every ID is as long as this one.
SOME_POINT = "20261123T030000Z-3f9a"
ASIDE = ("before", "restore")
FORM = re.compile(rf"_(?:{'|'.join(ASIDE)})_\d{{8}}t\d{{6}}z[0-9a-z]+$")
# Of the memory that is free, how much one index may take to be built, and the bounds of that in bytes.
MEBIBYTE = 1024**2
SHARE = 0.25
LEAST, MOST = 64 * MEBIBYTE, 1024 * MEBIBYTE
# What pg_restore could not set where a tablespace is not there, whatever language its server speaks.
TABLESPACE = '"default_tablespace"'
# To wait for the disk after every statement takes twice as long. The rename waits for all that came before it.
UNHURRIED = "-c synchronous_commit=off"


def memory_options(available: int) -> str:
    """PGOPTIONS of a restore. Parallel workers would need more shared memory than Docker gives a container."""
    share = max(LEAST, min(MOST, int(available * SHARE)))
    return f"-c maintenance_work_mem={share // MEBIBYTE}MB -c max_parallel_maintenance_workers=0"


def beside(database: str, word: str, point: str) -> str:
    """The name of a database that stands beside ``database`` while ``point`` is restored."""
    ending = "_{}_{}".format(word, re.sub(r"[^a-z0-9]", "", point.lower()))
    whole = database.encode()
    if len(whole) + len(ending) > NAME_LIMIT:
        ending = f"_{hashlib.sha256(whole).hexdigest()[:DIGEST_LENGTH]}{ending}"
    return whole[: NAME_LIMIT - len(ending)].decode(errors="ignore") + ending


def set_aside(database: str, there: Sequence[str]) -> list[str]:
    """Those of ``there`` that restores of ``database`` have filled or set aside."""
    beginnings = {beside(database, word, SOME_POINT).rpartition(f"_{word}_")[0] for word in ASIDE}
    return [name for name in there if is_set_aside(name) and FORM.sub("", name) in beginnings]


def is_set_aside(name: str) -> bool:
    """Whether a restore has named a database so, by the whole form: anybody may say "x_before_y"."""
    return bool(FORM.search(name))


def fill(
    server: Server,
    source: Source,
    part: Part,
    point: str,
    progress: Progress = silent,
    room: Optional[int] = None,
) -> str:
    """Restore one dump into a new database, begun anew each time; returns its name.

    What breaks off leaves half of it, under a name that nobody looks for: only what is whole is renamed.

    :param room: bytes of memory that the server may take; what the host can give without.
    """
    name, where = beside(part["database"], "restore", point), f"database {part['service']}/{part['database']}"
    meter = Meter(progress, where, part.get("bytes", 0))
    reading = source.dump_argv(part["snapshot"], part["file"])
    options = f"{memory_options(memory.available(room))} {UNHURRIED}"

    def load(tablespaces: bool) -> None:
        query(server, MAINTENANCE, f"{dropping(name)}\n{creation(name, part)}")
        pipe(reading, restore_argv(server, name, options, tablespaces), source.environment, meter.at)

    try:
        try:
            load(tablespaces=True)
        except CommandFailed as error:
            # A new machine has none of them, and a dump does not say that it wants one before it is read.
            if TABLESPACE not in error.stderr:
                raise
            progress(f"{where}: a tablespace of its tables is not here, so they go where the database is")
            load(tablespaces=False)
    except CommandFailed as error:
        raise DatabaseError(advised(f"{where} could not be restored: {error}", server.service)) from error
    overrides = [override(name, setting) for setting in part["settings"]]
    query(server, name, "\n".join([*overrides, *grants(name, part), "ANALYZE;"]))
    return name


def creation(name: str, part: dict[str, Any]) -> str:
    """SQL that makes an empty database like the saved one."""
    return (
        f"CREATE DATABASE {identifier(name)} TEMPLATE template0 ENCODING {literal(part['encoding'])}"
        f" LC_COLLATE {literal(part['collate'])} LC_CTYPE {literal(part['ctype'])} OWNER {identifier(part['owner'])};"
    )


def override(name: str, setting: str) -> str:
    """SQL for one setting of the database itself, kept as ``parameter=value``."""
    return f"ALTER DATABASE {identifier(name)} SET {assignment(setting)};"


def grants(name: str, part: dict[str, Any]) -> list[str]:
    """SQL that lets into the database whom the saved one let in, and nobody else.

    :param part: its ``grants`` are ``[role, privilege, whether the role may grant it]``, the role being empty for
        PUBLIC; None, and none at all in points from before they were saved, where they are PostgreSQL's own.
    """
    if part.get("grants") is None:
        return []
    sql = [f"REVOKE ALL ON DATABASE {identifier(name)} FROM PUBLIC, {identifier(part['owner'])};"]
    for role, privilege, grantable in part["grants"]:
        if privilege not in PRIVILEGES:
            raise DatabaseError(f"{privilege!r} is not a privilege of a database")
        whom = identifier(role) if role else "PUBLIC"
        option = " WITH GRANT OPTION" if grantable else ""
        sql.append(f"GRANT {privilege} ON DATABASE {identifier(name)} TO {whom}{option};")
    return sql


def is_done(database: str, point: str, there: Sequence[str]) -> bool:
    """Whether the swap has happened: doing it again would cost the data from before the restore its safe place.

    :param there: the names of the server's databases.
    """
    return {database, beside(database, "before", point)} <= set(there)


def take_over(server: Server, part: Part, point: str) -> str:
    """Rename the restored database to its own name and the one that was there out of the way, both or neither.

    A template cannot be dropped, so it becomes one only here. Returns the name that the old one has from now on.
    """
    database = part["database"]
    try:
        query(server, MAINTENANCE, renaming(database, point, part.get("template", False)))
    except DatabaseError:
        # Nothing was renamed: whoever uses the database has to get in again.
        if database in existing(server):
            query(server, MAINTENANCE, f"ALTER DATABASE {identifier(database)} ALLOW_CONNECTIONS true;")
        raise
    return beside(database, "before", point)


def renaming(database: str, point: str, template: bool = False) -> str:
    """The same in the words of psql, in one conversation, since each takes a tenth of a second."""
    new, old = beside(database, "restore", point), beside(database, "before", point)
    return f"""
SET synchronous_commit = on;
SELECT EXISTS (SELECT FROM pg_database WHERE datname = {literal(database)}) AS there \\gset
\\if :there
ALTER DATABASE {identifier(database)} ALLOW_CONNECTIONS false;
\\endif
{leaving(database, new)}
BEGIN;
\\if :there
ALTER DATABASE {identifier(database)} IS_TEMPLATE false;
ALTER DATABASE {identifier(database)} RENAME TO {identifier(old)};
\\endif
ALTER DATABASE {identifier(new)} RENAME TO {identifier(database)};
ALTER DATABASE {identifier(database)} IS_TEMPLATE {str(template).lower()};
COMMIT;
"""


def leaving(*names: str) -> str:
    """SQL that ends every connection to these databases and waits until they are gone, ten seconds at most."""
    listed = ", ".join(literal(name) for name in names)
    return f"""
DO $$ BEGIN
    FOR attempt IN 1..100 LOOP
        PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN ({listed});
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname IN ({listed}));
        PERFORM pg_sleep(0.1);
        PERFORM pg_stat_clear_snapshot();
    END LOOP;
END $$;"""


def checkpoint(server: Server) -> None:
    """Have the server write all that it holds into its files, also what was not waited for while it was filled."""
    query(server, "template1", "CHECKPOINT;")


def drop(server: Server, name: str) -> None:
    """Drop a database that this restore made or moved aside, if it is there."""
    query(server, MAINTENANCE, dropping(name))


def dropping(name: str) -> str:
    """SQL that drops a database, if it is there."""
    return f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE);"
