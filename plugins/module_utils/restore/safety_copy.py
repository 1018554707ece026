# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A copy of volumes while nothing writes to them: what keeps the state before a restore when nothing can be dumped."""

from __future__ import annotations

import datetime
import json
import os
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import disk_space
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common import files
from ansible_collections.photosync.vps.plugins.module_utils.common.files import free_bytes
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose, engine
from ansible_collections.photosync.vps.plugins.module_utils.restore import staging
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, Volume

PREFIX = "cold-"
FILENAME = "cold.json"


def make(spec: Spec, manifest: dict[str, Any], progress: Progress) -> str:
    """Stop whoever uses the volumes that a restore will change, copy these aside and return the copy's name.

    The services stay stopped: the restore comes next. Raises PointError when the disk is too small.
    """
    volumes = [(volume, path) for volume in changing(spec, manifest) if (path := _path(volume))]
    needed = sum(engine.weight(path)["bytes"] for _volume, path in volumes)
    name = f"{PREFIX}{datetime.datetime.now(datetime.timezone.utc):%Y%m%dT%H%M%SZ}"
    folder = os.path.join(spec.state_dir, "safety", name)
    os.makedirs(folder, mode=0o700)
    if not disk_space.has_room(folder, needed):
        os.rmdir(folder)
        place, free = spec.state_dir, size(free_bytes(folder))
        raise PointError(f"a copy of {size(needed)} does not fit under {place}, {free} are free")
    stop(spec.stack, {service for volume, _path_of in volumes for service in volume.services})
    for volume, path in volumes:
        progress(f"cold copy of volume {volume.name}")
        _copy(path, os.path.join(folder, volume.name))
    # Written last, and when the copy is on the disk: one without it is not whole.
    files.sync_file_system(folder)
    names = [volume.name for volume, _path in volumes]
    files.write_atomically(os.path.join(folder, FILENAME), json.dumps(names) + "\n")
    return name


def put_back(spec: Spec, name: str, progress: Progress) -> list[str]:
    """Make the volumes of a cold copy what they were, everything that uses them stopped; returns their names.

    Broken off anywhere, it can be done again. The copy stays.
    """
    folder = os.path.join(spec.state_dir, "safety", name)
    saved = contents(spec, name)
    volumes = [volume for volume in spec.volumes if volume.name in saved]
    stop(spec.stack, {service for volume in volumes for service in volume.services})
    for volume in volumes:
        target = engine.make_volume(spec.stack, volume.name, volume.docker_name)
        _put_back(os.path.join(folder, volume.name), target, name)
        progress(f"volume {volume.name}: as it was")
    return [volume.name for volume in volumes]


def _put_back(copy: str, target: str, name: str) -> None:
    """Make a volume what its copy is, beside what is there and exchanged with it; in place where there is no room."""
    staged = staging.beside(target, "restore", name)
    staging.bring_back(target)
    if os.path.isdir(staged):
        files.discard(staged)
    if os.path.ismount(target) or not disk_space.has_room(os.path.dirname(target), engine.weight(copy)["bytes"]):
        # What it replaces goes first, so the copy has to be on the disk, even one of an older version.
        files.sync_file_system(copy)
        empty(target)
        _copy(copy + "/.", target)
        files.sync_file_system(target)
    else:
        _copy(copy, staged)
        staging.exchange(target, name, lambda: None)
    staging.clear(target)


def empty(folder: str) -> None:
    """Leave nothing in a folder."""
    os.makedirs(folder, exist_ok=True)
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            files.remove(entry.path)
        else:
            os.unlink(entry.path)


def _copy(source: str, target: str) -> None:
    run(["cp", "-a", "--reflink=auto", source, target])


def contents(spec: Spec, name: str) -> list[str]:
    """The volumes that a cold copy holds; raises PointError when there is no whole one of that name."""
    path = os.path.join(spec.state_dir, "safety", name, FILENAME)
    if not os.path.exists(path):
        raise PointError(f"there is no complete cold copy {name} under {spec.state_dir}/safety")
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


def stop(stack: str, services: set[str]) -> list[str]:
    """Stop the containers of these services, as far as they run; returns whose they were."""
    running = [found for found in compose.containers(stack) if found.service in services and found.state != "exited"]
    if running:
        run(["docker", "stop", "--time", str(engine.STOP_SECONDS), *(container.id for container in running)])
    return sorted({container.service for container in running})


def changing(spec: Spec, manifest: dict[str, Any]) -> list[Volume]:
    """The volumes that the restore will change: those of the point, and those under its databases."""
    saved = {part["name"] for part in manifest["volumes"]}
    servers = {part["service"] for part in manifest["databases"]}
    return [
        volume
        for volume in spec.volumes
        if volume.name in saved or (volume.backup == "database" and servers.intersection(volume.services))
    ]


def _path(volume: Volume) -> str:
    return engine.mountpoint(volume.docker_name) or ""
