# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a server of PostgreSQL would come up on the cluster that lies where it looks for one."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Mount, Placed
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.image import postgres
from ansible_collections.photosync.vps.plugins.module_utils.host.system import read_text

# Where images keep a cluster in what is mounted: those before 18 in its root or data/, later ones in <major>/docker/.
KEPT_IN = ("", "data", "docker", "[0-9]*/docker", "[0-9]*/data")
USUAL = "/var/lib/postgresql/data"
HOME = "/var/lib/postgresql"


@dataclass(frozen=True)
class Server:
    """A database server as the release has it, and the clusters that there are.

    :param data: the folder in the container that the image keeps its data in; empty where it does not say.
    :param major: of the image; 0 when unknown.
    :param clusters: majors of the clusters in each of its mounts, by the folder below the mount's target.
    :param elsewhere: major and source of clusters in what the server mounts now, and in the release no more.
    """

    service: str
    image: str
    major: int
    data: str
    mounts: Sequence[Mount]
    clusters: Mapping[str, int] = field(default_factory=dict)
    elsewhere: Sequence[tuple[int, str]] = ()


def misplaced(placed: Placed, stack: str, filled: bool) -> str:
    """Why a server of a release would not come up on its data, or come up without, and what to do; else empty."""
    return misfit(_server(placed), stack, filled)


def misfit(server: Server, stack: str, filled: bool = False) -> str:
    """Why a server would not come up on its data, or come up without, and what to do; empty when it would be well."""
    name, data = server.service, server.data or USUAL
    mount = covering(server.mounts, data)
    if mount is None:
        return _outside(server) if server.data and _means_to_keep(server) else ""
    there = server.clusters.get(data)
    if there is not None:
        return _of_another_major(server, mount, there, stack) if server.major not in (0, there) else ""
    beside = {folder: major for folder, major in server.clusters.items() if covering([mount], folder)}
    if beside:
        folder, major = next(iter(beside.items()))
        return (
            f"{name}: {mount.source} holds a cluster of PostgreSQL {major} in {folder}, and the image {server.image}"
            f" would make an empty one in {data}. Mount it so that the cluster lies there, with an image of PostgreSQL"
            f" {major}."
        )
    if server.elsewhere and not filled:
        major, source = server.elsewhere[0]
        return (
            f"{name}: its data, of PostgreSQL {major}, is in {source}, and the release mounts {mount.source}, which"
            f" holds none, so it would start empty. Mount {source} again; or let the playbook restore fill the new"
            f" volume: make a restore point first (`{stack} backup`)."
        )
    return ""


def covering(mounts: Sequence[Mount], folder: str) -> Optional[Mount]:
    """The mount that a folder of the container lies in, the innermost; None when it lies in the container itself."""
    over = [mount for mount in mounts if f"{folder}/".startswith(f"{mount.target.rstrip('/')}/")]
    return max(over, key=lambda mount: len(mount.target), default=None)


def _outside(server: Server) -> str:
    kept = ", ".join(f"{mount.source} at {mount.target}" for mount in server.mounts)
    return (
        f"{server.service}: the image {server.image} keeps its data in {server.data}, where nothing is mounted (there"
        f" is {kept}), so it would start empty and lose its data with its container. Mount a volume there or above it."
    )


def _means_to_keep(server: Server) -> bool:
    near = any(f"{mount.target}/".startswith(f"{HOME}/") for mount in server.mounts)
    return near or bool(server.clusters or server.elsewhere)


def _of_another_major(server: Server, mount: Mount, there: int, stack: str) -> str:
    told = (
        f"{server.service}: its data in {mount.source} is of PostgreSQL {there}, and the image {server.image} is"
        f" PostgreSQL {server.major}, which cannot read it. Stay with an image of PostgreSQL {there}"
    )
    if server.major < there:
        return f"{told}; what it has written an older one never reads."
    return (
        f"{told}; or make a restore point (`{stack} backup`), mount another volume in the entry of {server.service},"
        " and let the playbook restore fill it from that point."
    )


def _server(placed: Placed) -> Server:
    data = os.path.normpath(placed.variables["PGDATA"]) if placed.variables.get("PGDATA") else ""
    return Server(
        service=placed.service,
        image=placed.image,
        major=postgres(placed.image).major if placed.is_here else 0,
        data=data,
        mounts=placed.mounts,
        clusters={folder: major for mount in placed.mounts for folder, major in clusters_in(mount, data).items()},
        elsewhere=[(major, mount.source) for mount in placed.elsewhere for major in clusters_in(mount, "").values()],
    )


def cluster_major(folder: str) -> int:
    """The major version that wrote the cluster in a folder of the host; 0 where there is none."""
    text = read_text(os.path.join(folder, "PG_VERSION")).strip().partition(".")[0]
    return int(text) if text.isdigit() else 0


def clusters_in(mount: Mount, data: str) -> dict[str, int]:
    """The clusters in what is mounted, by their folder in the container: the major that wrote each."""
    places = {place for kept in KEPT_IN for place in glob.glob(os.path.join(glob.escape(mount.path), kept))}
    if data and covering([mount], data):
        places.add(os.path.join(mount.path, os.path.relpath(data, mount.target)))
    found = {}
    for place in sorted(places) if mount.path else ():
        major = cluster_major(place)
        if major:
            relative = os.path.relpath(place, mount.path)
            found[os.path.normpath(os.path.join(mount.target, relative))] = major
    return found
