# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The database engines by their names, and the servers of a stack, each with its engine.

To add an engine: a package beside ``postgresql`` with a subclass of ``engine.Engine``, a line in ENGINES, and one in
``shapes.PARTS`` with what its parts of a manifest look like.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.databases.engine import Engine
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import (
    POSTGRESQL,
    UNREADABLE,
    DatabaseError,
    Server,
    Stored,
)
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import containers
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# Sessions at once that look into databases.
AT_ONCE = 4


@functools.cache
def _postgresql() -> Engine:
    # Loaded only by who asks a server: lists of points and plain deployments do not wait for it.
    from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.engine import PostgreSQL

    return PostgreSQL()


# As the catalogue's `database_server.engine` and the parts of a manifest name them.
ENGINES: dict[str, Callable[[], Engine]] = {POSTGRESQL: _postgresql}


def engine(name: str) -> Engine:
    """The engine of this name; raises DatabaseError where there is none."""
    if name not in ENGINES:
        raise DatabaseError(f"{name!r} is no database engine of this version; it knows {', '.join(sorted(ENGINES))}")
    return ENGINES[name]()


def of(server: Server) -> Engine:
    """The engine of a server."""
    return engine(server.engine)


def servers(spec: Spec, only: Optional[Sequence[str]] = None) -> list[Server]:
    """The stack's database servers, or those named in ``only``, each in its running container."""
    stack = spec.stack
    wanted = [entry for entry in spec.databases if only is None or entry.service in only]
    listed = containers(stack) if wanted else []
    running = {container.service: container.id for container in listed if container.state == "running"}
    for entry in wanted:
        if entry.service not in running:
            raise DatabaseError(
                f"the database server {entry.service} is not running; `{stack} up {entry.service}` starts it"
            )
    return [
        Server(entry.service, entry.user, tuple(entry.names), running[entry.service], entry.engine) for entry in wanted
    ]


def ensure_databases(spec: Spec) -> list[str]:
    """Make the databases that the stack needs and lacks, and let in whoever has the deployed release's password.

    On all servers at once. Returns each database made as ``service/name``, each password set as ``service: password``.
    """
    with ThreadPoolExecutor() as pool:
        done = pool.map(lambda server: of(server).ensure(server, spec), servers(spec))
        return [name for made in done for name in made]


def here(spec: Spec, services: Iterable[str]) -> dict[tuple[str, str], str]:
    """What somebody keeps in each database of these servers, in words, by server and name; none in those left empty.

    What restores have set aside is not asked.
    """
    wanted = sorted(services)
    found = servers(spec, wanted) if wanted else []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        listed = zip(found, list(pool.map(lambda server: of(server).stored(server), found)))
        asked = [(server, one) for server, stored in listed for one in stored if not one.is_set_aside]
        said = list(pool.map(lambda pair: _held_in(*pair), asked))
    return {(server.service, one.name): words for (server, one), words in zip(asked, said) if words}


def _held_in(server: Server, stored: Stored) -> str:
    """What somebody keeps in a database, in words; empty for nothing."""
    return of(server).content(server, stored.name).said if stored.is_open else UNREADABLE
