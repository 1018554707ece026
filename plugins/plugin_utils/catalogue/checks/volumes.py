# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is mounted, and that none of it is forgotten in a backup."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import docker_volume
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.data_folders import (
    data_mounts,
    data_volumes,
    expected_at,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import env_files
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.mounts import Mount, parse_mount
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

_ENGINE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
# The fields of backup that name volumes, and what each says of them.
_KINDS = {"volumes": "saved", "cold": "saved cold", "rebuildable": "rebuildable"}
_MIXED = "whose files would be saved as well, and a restore would mix them with the dumps"
_OF_DATA = {"volumes": _MIXED, "cold": _MIXED, "rebuildable": "which may not be lost"}
_FORM = "write volume:/path or /folder/on/the/host:/path, each with :ro if wanted"


def check_volumes(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Every named volume is saved, can be rebuilt, or is the data folder of a database server, which is dumped."""
    services = catalogue["services"]
    malformed = dict(_malformed(services))
    sound = [entry for entry in services if entry["name"] not in {name for name, _text in malformed}]
    data = data_volumes({**catalogue, "services": sound})
    covered = {volume for entry in services for kind in _KINDS for volume in entry["backup"][kind]} | data.keys()
    mounted: set[str] = set()
    for entry in services:
        for text in entry["volumes"]:
            if (entry["name"], text) in malformed:
                yield problem("volumes", malformed[entry["name"], text], _FORM, entry["name"])
                continue
            mount = parse_mount(text)
            if mount.named and mount.source not in covered and mount.source not in mounted:
                yield _unsaved(mount, entry)
            mounted |= {mount.source}
    for entry in services:
        yield from _unknown(entry, mounted)
        yield from _live(entry, data)
    for entry in sound:
        if entry["database_server"]:
            yield from _homeless(entry, env_files(catalogue).get(entry["name"], {}))
    yield from _renamed(catalogue["stack"], mounted)


def _malformed(services: list[dict[str, Any]]) -> Iterator[tuple[tuple[str, str], str]]:
    """Mounts that are none, by the service's name and their text, and what is wrong with each."""
    for entry in services:
        for text in entry["volumes"]:
            try:
                parse_mount(text)
            except ValueError as error:
                yield (entry["name"], text), str(error)


def _homeless(entry: dict[str, Any], environment: dict[str, str]) -> Iterator[Problem]:
    """A database server has its data in something that outlives its container."""
    said, place = entry["database_server"]["data"], expected_at(entry, environment)
    if said and not said.startswith("/"):
        fix = "give the folder's absolute path in the container"
        yield problem("database_server.data", f"{said!r} is not an absolute path", fix, entry["name"])
    elif not data_mounts(entry, environment):
        message = f"nothing is mounted at the server's data folder {place}: its databases would go with the container"
        fix = f"mount a volume at {place}, or say in database_server.data where this image keeps its data"
        yield problem("volumes", message, fix, entry["name"])


def _live(entry: dict[str, Any], data: dict[str, str]) -> Iterator[Problem]:
    """The files of a database server are saved by nobody, whoever mounts them."""
    for kind in _KINDS:
        for volume in entry["backup"][kind]:
            if volume in data:
                message = f"{volume} holds the data folder of the database server {data[volume]}, {_OF_DATA[kind]}"
                yield problem(f"backup.{kind}", message, "remove it: all databases are dumped", entry["name"])


def _unsaved(mount: Mount, entry: dict[str, Any]) -> Problem:
    message = f"no backup would hold the volume {mount.source}"
    if entry["database_server"]:
        message += ": it is not the server's data folder, and dumps hold nothing else"
    fix = (
        "name it in backup.volumes, in backup.cold if it has to stand still, or in backup.rebuildable if it may be lost"
    )
    return problem("backup", message, fix, entry["name"])


def _unknown(entry: dict[str, Any], mounted: set[str]) -> Iterator[Problem]:
    for kind in _KINDS:
        for volume in entry["backup"][kind]:
            if volume not in mounted:
                yield problem(f"backup.{kind}", f"nothing mounts a volume {volume}", "correct the name", entry["name"])
    for one, other in itertools.combinations(_KINDS, 2):
        for volume in set(entry["backup"][one]) & set(entry["backup"][other]):
            message = f"{volume} is both {_KINDS[one]} and {_KINDS[other]}"
            yield problem("backup", message, "name it in one of them", entry["name"])


def _renamed(stack: dict[str, Any], mounted: set[str]) -> Iterator[Problem]:
    """Names of the engine's that the inventory gives: for volumes that there are, and each for one of them."""
    users: dict[str, list[str]] = {}
    for volume in sorted(mounted):
        if not volume.startswith("/"):
            users.setdefault(docker_volume(stack, volume), []).append(volume)
    for volume, name in stack["volumes"].items():
        setting = f"stack_volumes.{volume}"
        if volume not in mounted:
            yield problem(setting, f"nothing mounts a volume {volume}", "correct the name, or remove it")
        elif not _ENGINE_NAME.fullmatch(name):
            yield problem(setting, f"{name!r} is not the name of a volume", "look it up with docker volume ls")
        elif len(users[name]) > 1:
            message = f"{' and '.join(users[name])} would be one volume, {name}"
            yield problem(setting, message, "give each of them a volume of its own")
