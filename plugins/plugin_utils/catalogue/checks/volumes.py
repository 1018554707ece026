# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is mounted, and that none of it is forgotten in a backup."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import docker_volume
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.mounts import Mount, parse_mount
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

_ENGINE_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
# The fields of backup that name volumes, and what each says of them.
_KINDS = {"volumes": "saved", "cold": "saved cold", "rebuildable": "rebuildable"}
_FORM = "write volume:/path or /folder/on/the/host:/path, each with :ro if wanted"


def check_volumes(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Every named volume is saved, can be rebuilt, or is the data of a database server that is dumped."""
    services = catalogue["services"]
    covered = _covered(services)
    mounted: set[str] = set()
    for entry in services:
        for text in entry["volumes"]:
            try:
                mount = parse_mount(text)
            except ValueError as error:
                yield problem("volumes", str(error), _FORM, entry["name"])
                continue
            if mount.named and mount.source not in covered and mount.source not in mounted:
                yield _unsaved(mount, entry["name"])
            mounted |= {mount.source}
    for entry in services:
        yield from _unknown(entry, mounted)
    yield from _renamed(catalogue["stack"], mounted)


def _covered(services: list[dict[str, Any]]) -> set[str]:
    named = {volume for entry in services for kind in _KINDS for volume in entry["backup"][kind]}
    of_servers = {text.partition(":")[0] for entry in services if entry["database_server"] for text in entry["volumes"]}
    return named | of_servers


def _unsaved(mount: Mount, service: str) -> Problem:
    message = f"no backup would hold the volume {mount.source}"
    fix = (
        "name it in backup.volumes, in backup.cold if it has to stand still, or in backup.rebuildable if it may be lost"
    )
    return problem("backup", message, fix, service)


def _unknown(entry: dict[str, Any], mounted: set[str]) -> Iterator[Problem]:
    for kind in _KINDS:
        for volume in entry["backup"][kind]:
            if volume not in mounted:
                yield problem(f"backup.{kind}", f"nothing mounts a volume {volume}", "correct the name", entry["name"])
    for one, other in itertools.combinations(_KINDS, 2):
        for volume in set(entry["backup"][one]) & set(entry["backup"][other]):
            message = f"{volume} is both {_KINDS[one]} and {_KINDS[other]}"
            yield problem("backup", message, "name it in one of them", entry["name"])
    if entry["database_server"] and entry["backup"]["cold"]:
        message = (
            "the files of a database server that is dumped would be saved as well, and a restore would mix the two"
        )
        yield problem("backup.cold", message, "remove it: the databases are saved without stopping", entry["name"])


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
