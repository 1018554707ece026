# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Containers that the engine starts with itself, though they were stopped: not while a restore is half done."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils import compose
from ansible_collections.photosync.vps.plugins.module_utils.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.process import run

ALWAYS, UNLESS_STOPPED = "always", "unless-stopped"


def relax(document: dict[str, Any], services: set[str]) -> None:
    """Let what is stopped of these services stay so when the engine or the machine starts anew."""
    ids = [container.id for container in compose.containers(document["stack"]) if container.service in services]
    listed = json.loads(run(["docker", "inspect", *ids]).stdout) if ids else []
    always = [found["Id"] for found in listed if found["HostConfig"]["RestartPolicy"]["Name"] == ALWAYS]
    if always:
        write_atomically(_path(document), json.dumps(sorted({*always, *_noted(document)})) + "\n")
        run(["docker", "update", "--restart", UNLESS_STOPPED, *always])


def put_back(document: dict[str, Any]) -> None:
    """Let the engine start them again with itself, once they run; those that were made anew do already."""
    noted = _noted(document)
    ids = (
        [container.id for container in compose.containers(document["stack"]) if container.id in noted] if noted else []
    )
    if ids:
        run(["docker", "update", "--restart", ALWAYS, *ids])
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path(document))


def _noted(document: dict[str, Any]) -> list[str]:
    try:
        with open(_path(document), encoding="utf-8") as stream:
            found = json.load(stream)
    except (FileNotFoundError, ValueError):
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _path(document: dict[str, Any]) -> str:
    return os.path.join(document["state_dir"], "restart-always.json")
