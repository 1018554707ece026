# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the database servers of a release can read the data that is there, asked while the old ones still serve.

A server of another major ends at once, over and over. One that finds no data makes an empty cluster, and is healthy.
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.client import cluster_major
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.image import postgres
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.docker.engine import mountpoint
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import environment_of, inspect
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import image as inspected_image
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# Where images keep a cluster in what is mounted: those before 18 in its root or data/, later ones in <major>/docker/.
KEPT_IN = ("", "data", "docker", "[0-9]*/docker", "[0-9]*/data")
USUAL = "/var/lib/postgresql/data"
HOME = "/var/lib/postgresql"


class Misfit(Exception):
    """The release's image cannot read the data, or would not find it; nothing was stopped."""


class Mount(NamedTuple):
    """What a service mounts, a volume by the engine's name or a folder: where it lies, and where it appears."""

    source: str
    path: str
    target: str


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


def refuse_misfits(spec: Spec, folder: str, before: Sequence[str], filled: bool) -> None:
    """Raise Misfit where a server would not come up on its data, or come up without.

    :param folder: the release's folder. Its images are here.
    :param before: folders of releases that served before, for servers that have no container now.
    :param filled: whether an empty volume is meant to be empty, for a restore fills it.
    """
    if spec.databases:
        found = [misfit(server, spec.stack, filled) for server in _servers(spec, folder, before)]
        if any(found):
            raise Misfit("\n".join(filter(None, found)))


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


def _servers(spec: Spec, folder: str, before: Sequence[str]) -> Iterator[Server]:
    config = _config(folder)
    listed = {one.service: one.id for one in compose.containers(spec.stack)}
    earlier = [_config(one) for one in before]
    for entry in spec.databases:
        service = entry.service
        container = next(iter(inspect("container", [listed[service]])), None) if service in listed else None
        yield _server(service, config, container, earlier)


def _server(
    service: str, config: dict[str, Any], container: Optional[dict[str, Any]], earlier: Sequence[dict[str, Any]]
) -> Server:
    said = config["services"][service]
    image = inspected_image(said["image"]) or {}
    variables = {**(environment_of(image) if image else {}), **(said.get("environment") or {})}
    data = os.path.normpath(variables["PGDATA"]) if variables.get("PGDATA") else ""
    mounts = mounts_of(config, service)
    now = _mounted(container) if container else [mount for one in earlier for mount in mounts_of(one, service)]
    known = {mount.path for mount in mounts}
    return Server(
        service=service,
        image=said["image"],
        major=postgres(said["image"]).major if image else 0,
        data=data,
        mounts=mounts,
        clusters={folder: major for mount in mounts for folder, major in clusters_in(mount, data).items()},
        elsewhere=[
            (major, mount.source)
            for mount in now
            if mount.path not in known
            for major in clusters_in(mount, "").values()
        ],
    )


def _config(folder: str) -> dict[str, Any]:
    """A release as Compose reads it, secrets included: it goes nowhere from here."""
    return json.loads(run(compose.argv("config", "--format", "json"), cwd=folder, timeout=60).stdout)


def mounts_of(config: Mapping[str, Any], service: str) -> list[Mount]:
    """What a service of a release mounts from the host; a volume that is yet to be made lies nowhere."""
    found = []
    for one in (config["services"].get(service) or {}).get("volumes") or []:
        if one["type"] == "volume" and one.get("source"):
            name = config["volumes"][one["source"]]["name"]
            found.append(Mount(name, mountpoint(name) or "", os.path.normpath(one["target"])))
        elif one["type"] == "bind":
            found.append(Mount(one["source"], one["source"], os.path.normpath(one["target"])))
    return found


def _mounted(container: Mapping[str, Any]) -> list[Mount]:
    return [
        Mount(one.get("Name") or one["Source"], one["Source"], one["Destination"])
        for one in container["Mounts"]
        if one.get("Source")
    ]


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
