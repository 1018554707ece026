# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restart policies: what the engine starts by itself, and what it leaves alone, while somebody has stopped it.

Services have "unless-stopped" unless they say otherwise: the engine leaves alone, also at its own start, what somebody
stopped. Whatever has "always" comes up with the engine, though it was stopped: not while a restore is half done.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

from ansible_collections.photosync.vps.plugins.module_utils.common import state
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

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


def relax(spec: Spec, services: set[str]) -> None:
    """Let what is stopped of these services stay so when the engine or the machine starts anew."""
    ids = [container.id for container in compose.containers(spec.stack) if container.service in services]
    always = having(ALWAYS, ids)
    if always:
        state.write(_path(spec), sorted({*always, *_noted(spec)}))
        give(UNLESS_STOPPED, always)


def put_back(spec: Spec) -> None:
    """Let the engine start them again with itself, once they run; those that were made anew do already."""
    noted = _noted(spec)
    there = compose.containers(spec.stack) if noted else []
    give(ALWAYS, [container.id for container in there if container.id in noted])
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_path(spec))


def _noted(spec: Spec) -> list[str]:
    found = state.read(_path(spec))
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _path(spec: Spec) -> str:
    return os.path.join(spec.state_dir, "restart-always.json")
