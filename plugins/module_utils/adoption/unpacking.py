# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Old archives instead of a deployment: the like of the server that wrote a database reads it, and it is dumped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.adoption import archives, dumps, images, plan, servers
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import AdoptionError, Found, to_json
from ansible_collections.photosync.vps.plugins.module_utils.common.names import readable
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Server
from ansible_collections.photosync.vps.plugins.module_utils.docker.engine import has_files, mountpoint
from ansible_collections.photosync.vps.plugins.module_utils.preflight.existing import Existing
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import DatabaseServer, Spec
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import Journal

DATA = "/var/lib/postgresql/data"


def read_all(folder: str, spec: Spec) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The archives in a folder by the volume that each is of, and why some cannot be imported."""
    found: dict[str, dict[str, Any]] = {}
    complaints = []
    of_servers = [plan.volume_of(spec, server.service) for server in spec.databases]
    for path in archives.listed(folder):
        volume, content = archives.volume_for(path, spec), archives.read(path)
        complaint = archives.complaint(path, volume, content, volume in of_servers)
        if not complaint and volume in found:
            complaint = f"{archives.called(path)} and {archives.called(found[volume]['path'])} are both of {volume}"
        if complaint:
            complaints.append(complaint)
        else:
            found[volume] = {"path": path, "content": content, "database": volume in of_servers}
    if not found and not complaints:
        inside = sorted(readable(name) for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name)))
        hint = f"; it holds {', '.join(inside)}: name one of these" if inside else ""
        complaints.append(f"there is no archive (*{archives.ENDING}) in {folder}{hint}")
    return found, complaints


def occupied(spec: Spec, wanted: Iterable[str]) -> list[str]:
    """The engine's names of those volumes that hold something already: nothing is imported over it."""
    names = [volume.docker_name for volume in spec.volumes if volume.name in wanted]
    places = {name: mountpoint(name) for name in names}
    return [name for name, place in places.items() if place and has_files(place)]


def unpack(
    spec: Spec, journal: Journal, kept: Callable[[], dumps.Folder], folder: str, chosen: Mapping[str, str]
) -> dict[str, Any]:
    """Dump every database that an archive holds, and note which archives are to be unpacked as they are.

    :param kept: makes the folder in which dumps lie.
    :param folder: the archives.
    :param chosen: images to read archives with, by the service of the stack; its own image where none is chosen.
    """
    found, complaints = read_all(folder, spec)
    complaints += [f"the volume {name} holds data already" for name in occupied(spec, found)]
    if complaints:
        raise AdoptionError("; ".join(complaints))
    parts = {}
    own = {entry.name: entry.image for entry in spec.services}
    for server in spec.databases:
        archive = found.get(plan.volume_of(spec, server.service))
        if archive:
            image = chosen.get(server.service) or own[server.service]
            parts[server.service] = _dump(spec.stack, kept, server, archive, image)
    files = {
        volume: {"path": one["path"], "root": one["content"].root}
        for volume, one in found.items()
        if not one["database"]
    }
    names = {volume.name: volume.docker_name for volume in spec.volumes}
    uploads = [archives.UPLOADS] if archives.UPLOADS in names and archives.UPLOADS not in found else []
    journal.begin(
        found=to_json(Found(Existing(""))),
        servers={},
        parts=parts,
        archives=files,
        new=sorted([*found, *uploads]),
        volumes={name: names[name] for name in found},
    )
    result = {"kept": [f"{part['service']}/{part['database']}" for dumped in parts.values() for part in dumped]}
    journal.note("unpack", result)
    return result


def _dump(
    stack: str, kept: Callable[[], dumps.Folder], server: DatabaseServer, archive: dict[str, Any], image: str
) -> list[dict[str, Any]]:
    """Start a server on an unpacked archive, where nobody reaches it, and dump what it has."""
    service, content = server.service, archive["content"]
    images.have(image)
    like = registry.engine(server.engine).program(image)
    complaint = archives.reader_complaint(archive["path"], content, image, like.major, like.program)
    if complaint:
        raise AdoptionError(complaint)
    name = f"{stack}-import-{service}"
    _remove(name)
    run(["docker", "volume", "create", name])
    try:
        archives.unpack(archive["path"], content.root, mountpoint(name) or "/nowhere")
        environment = ["--env", f"PGDATA={DATA}", "--env", "POSTGRES_PASSWORD=read-from-an-archive"]
        mount = ["--volume", f"{name}:{DATA}"]
        run(["docker", "run", "--detach", "--name", name, "--network", "none", *environment, *mount, image])
        reader = Server(service, server.user, (), name)
        servers.wait_for(reader)
        return dumps.save(reader, kept(), counted=True)
    finally:
        _remove(name)


def _remove(name: str) -> None:
    run(["docker", "rm", "--force", "--volumes", name], check=False)
    run(["docker", "volume", "rm", "--force", name])
