# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restart policies: what the engine starts by itself, and what it leaves alone, while somebody has stopped it.

Services have "unless-stopped" unless they say otherwise: the engine leaves alone, also at its own start, what somebody
stopped. Whatever has "always" comes up with the engine, though it was stopped: not while a restore is half done.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose

ALWAYS, UNLESS_STOPPED = "always", "unless-stopped"


def having(policy: str, ids: Sequence[str]) -> list[str]:
    """Those of these containers that have this restart policy."""
    if not ids:
        return []
    said = run(["docker", "inspect", "--format", "{{.Id}} {{.HostConfig.RestartPolicy.Name}}", *ids]).stdout
    return [line.split()[0] for line in said.splitlines() if line.endswith(f" {policy}")]


def give(policy: str, ids: Sequence[str]) -> None:
    """Give these containers this restart policy."""
    if ids:
        run(["docker", "update", "--restart", policy, *ids])


def relax(document: dict[str, Any], services: set[str]) -> None:
    """Let what is stopped of these services stay so when the engine or the machine starts anew."""
    ids = [container.id for container in compose.containers(document["stack"]) if container.service in services]
    always = having(ALWAYS, ids)
    if always:
        write_atomically(_path(document), json.dumps(sorted({*always, *_noted(document)})) + "\n")
        give(UNLESS_STOPPED, always)


def put_back(document: dict[str, Any]) -> None:
    """Let the engine start them again with itself, once they run; those that were made anew do already."""
    noted = _noted(document)
    there = compose.containers(document["stack"]) if noted else []
    give(ALWAYS, [container.id for container in there if container.id in noted])
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
