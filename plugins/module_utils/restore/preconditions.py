# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must be true before a point is put back: it fits this stack and this disk and overwrites nothing unasked."""

from __future__ import annotations

import shutil
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.manifest import SAVED
from ansible_collections.photosync.vps.plugins.module_utils.common.files import folder_bytes
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry, shapes
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Volume

# A restored database takes the room of its dump, of its indexes, and as much again for the log of writing both.
DATABASE_FACTOR = 3
# Where no container runs, a server's files cannot be asked what is in them.
CLOSED = "files of a database server that is not running, so they cannot be looked into"


def data_found(target: Target, manifest: dict[str, Any]) -> list[str]:
    """What this host holds that a restore would replace, in words; for a part, what that part replaces."""
    servers = engine.running_services(target.stack) & {entry.service for entry in target.databases}
    found = []
    for volume in target.volumes:
        if not _replaced(volume, manifest):
            continue
        if volume.backup in SAVED:
            found += _files(volume)
        elif volume.backup == "database" and not servers.intersection(volume.services):
            found += [f"volume {volume.name}: {CLOSED}"] if _files(volume) else []
    saved = {(part["service"], part["database"]) for part in manifest["databases"]}
    concerned = {service for service, _name in saved} if manifest["only"] else servers
    for place, said in registry.here(target, servers & concerned).items():
        if place in saved:
            found.append(f"database {'/'.join(place)}: {said}")
        elif not manifest["only"]:
            found.append(f"database {'/'.join(place)}: {said}, not in the point, so it stays")
    return found


def _replaced(volume: Volume, manifest: dict[str, Any]) -> bool:
    """Whether these parts replace anything in a volume: it is one of them, or a server keeps their databases in it."""
    if not manifest["only"]:
        return True
    servers = {part["service"] for part in manifest["databases"]}
    return volume.name in {part["name"] for part in manifest["volumes"]} or (
        volume.backup == "database" and bool(servers.intersection(volume.services))
    )


def _files(volume: Volume) -> list[str]:
    path = engine.mountpoint(volume.docker_name)
    return [f"volume {volume.name}: files"] if path and engine.has_files(path) else []


def refusal(found: list[str], target: Target, host: str, confirm: Optional[str]) -> Optional[str]:
    """Why the data that was found may not be replaced; None when it may."""
    wanted = f"{target.stack}@{host}"
    if not found or confirm == wanted:
        return None
    said = f"restore_confirm is {confirm!r}, which is not this stack on this host. " if confirm else ""
    return f"{said}This host already holds data: {'; '.join(found)}. To replace it say restore_confirm={wanted}"


def misfits(manifest: dict[str, Any], target: Target) -> list[str]:
    """Parts of the point that this stack has no place for; unknown before there is a release."""
    if target.bare:
        return []
    servers = {server.service for server in target.databases}
    volumes = {volume.name for volume in target.volumes}
    return [
        f"database {part['service']}/{part['database']} is in the point, but {part['service']} is no database server of"
        " this stack"
        for part in manifest["databases"]
        if part["service"] not in servers
    ] + [
        f"volume {part['name']} is in the point, but no service of this stack has it"
        for part in manifest["volumes"]
        if part["name"] not in volumes
    ]


def unfit(manifest: dict[str, Any], target: Target) -> list[str]:
    """Databases of the point that their server here could not hold, in words; unknown before there is a release."""
    running = engine.running_services(target.stack)
    images = {service.name: service.image for service in target.services}
    found = []
    # What else lacks here, a server say, is told elsewhere.
    for entry in target.databases:
        parts = [part for part in manifest["databases"] if part["service"] == entry.service]
        others = [part for part in parts if shapes.name_in(part) != entry.engine]
        found += [
            f"database {entry.service}/{part['database']} comes from {shapes.name_in(part)}, the server here is"
            f" {entry.engine}"
            for part in others
        ]
        if parts and not others:
            server = registry.servers(target, [entry.service])[0] if entry.service in running else None
            found += registry.engine(entry.engine).misfits(parts, server, images.get(entry.service))
    return found


def room(manifest: dict[str, Any], target: Target) -> list[str]:
    """A complaint when the disk under Docker is too small for the point, and for what a drill leaves free."""
    folder = run(["docker", "info", "--format", "{{.DockerRootDir}}"]).stdout.strip()
    needed = sum(part["bytes"] for part in manifest["volumes"])
    needed += DATABASE_FACTOR * sum(part["bytes"] for part in manifest["databases"])
    saved = {part["name"] for part in manifest["volumes"]}
    present = sum(_size(volume.docker_name) for volume in target.volumes if volume.name in saved)
    free = max(shutil.disk_usage(folder).free - target.disk_spare, 0)
    if needed <= free + present:
        return []
    return [
        f"the point needs about {size(needed)} under {folder}, {size(free + present)} can be had there,"
        f" {size(needed - free - present)} are missing"
    ]


def _size(docker_name: str) -> int:
    path = engine.mountpoint(docker_name)
    return 0 if path is None else folder_bytes(path)
