# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which data is taken over where it lies, and which has to go through a dump into a new volume.

A database directory belongs to one major version and one C library: another one reads its indexes in another order and
finds less than there is. And whatever changes a database as it starts would leave the old deployment nothing to go back
to. So a server's files are taken over in place only where all of that stays the same. A dump goes everywhere, and
leaves the old volume as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Service, Spec

IN_PLACE, BY_DUMP, NOT_YET_KNOWN = "in place", "by a dump into a new volume", "not known yet"


@dataclass(frozen=True)
class Server:
    """A database server as it was and as it will be; what is not known is 0 or empty.

    :param container: whether a container is left whose image can read the files.
    :param moved: services that change their databases when their version changes, as "name, old version to new".
    """

    service: str
    volume: str
    container: bool
    old_major: int
    old_libc: str
    old_user: str
    image: str
    major: int
    libc: str
    user: str
    moved: tuple[str, ...] = ()


def reasons(server: Server) -> list[str]:
    """Why the files of a server cannot be taken over where they lie; none when they can."""
    found = []
    if server.major and server.major != server.old_major:
        found.append(f"PostgreSQL {server.old_major} becomes {server.major}")
    if server.major and (not server.libc or server.libc != server.old_libc):
        old, new = server.old_libc or "an unknown C library", server.libc or "an unknown one"
        found.append(f"{old}, which sorts its indexes, becomes {new}")
    if server.old_user != server.user:
        found.append(f"its superuser {server.old_user} becomes {server.user}")
    return found + [f"{service} changes its database" for service in server.moved]


def way(server: Server) -> str:
    """How the data of a server is taken over."""
    if reasons(server):
        return BY_DUMP
    return IN_PLACE if server.major else NOT_YET_KNOWN


def obstacles(server: Server) -> Iterator[str]:
    """What forbids taking over the data of a server at all."""
    if not server.container:
        yield (
            f"the containers of {server.service} are gone, so nothing says which image wrote its files; start the old"
            " deployment once more (docker compose up --detach, in its folder), then run this again"
        )
    if server.major and server.major < server.old_major:
        yield (
            f"{server.service} holds data of PostgreSQL {server.old_major}, and {server.image} is {server.major}, which"
            f" cannot read it; give the entry {server.service} an image of PostgreSQL {server.old_major} or later"
        )


def targets(spec: Spec, old: Mapping[str, str], dumped: Sequence[str]) -> dict[str, str]:
    """The engine's name that each volume shall have that the old deployment has too.

    :param old: the old deployment's volumes, the engine's names by their own.
    :param dumped: volumes whose data goes through a dump. Theirs are new ones; the old ones stay as they are.
    """
    found = {}
    for volume in spec.volumes:
        name, own = volume.name, f"{spec.stack}_{volume.name}"
        if name in old:
            found[name] = old[name] if name not in dumped else own if own != old[name] else f"{own}_adopted"
    return found


def data_volumes(spec: Spec) -> list[str]:
    """The volumes that hold something which cannot be made again."""
    return [volume.name for volume in spec.volumes if volume.backup != "rebuildable"]


def volume_of(spec: Spec, service: str) -> str:
    """The volume that holds the files of a database server; empty when it keeps none."""
    of_servers = (one for one in spec.volumes if one.backup == "database" and service in one.services)
    return next((volume.name for volume in of_servers), "")


def migrating(spec: Spec, server: str) -> list[Service]:
    """The services that change their databases on ``server`` when their version changes."""
    return [entry for entry in spec.services if entry.migrates_data and server in entry.depends_on]
