# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the database servers of a release can read the data that is there, asked while the old ones still serve.

A server of another version ends at once, over and over. One that finds no data makes its own, and is healthy.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Mount, Placed
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.docker.engine import mountpoint
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import environment_of, image, inspect
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import DatabaseServer, Spec


class Misfit(Exception):
    """The release's image cannot read the data, or would not find it; nothing was stopped."""


def refuse_misfits(spec: Spec, folder: str, before: Sequence[str], filled: bool) -> None:
    """Raise Misfit where a server would not come up on its data, or come up without.

    :param folder: the release's folder. Its images are here.
    :param before: folders of releases that served before, for servers that have no container now.
    :param filled: whether an empty volume is meant to be empty, for a restore fills it.
    """
    if spec.databases:
        found = [
            registry.engine(entry.engine).misplaced(placed, spec.stack, filled)
            for entry, placed in _placed(spec, folder, before)
        ]
        if any(found):
            raise Misfit("\n".join(filter(None, found)))


def _placed(spec: Spec, folder: str, before: Sequence[str]) -> Iterator[tuple[DatabaseServer, Placed]]:
    config = _config(folder)
    listed = {one.service: one.id for one in compose.containers(spec.stack)}
    earlier = [_config(one) for one in before]
    for entry in spec.databases:
        service = entry.service
        container = next(iter(inspect("container", [listed[service]])), None) if service in listed else None
        now = _mounted(container) if container else [mount for one in earlier for mount in mounts_of(one, service)]
        said, mounts = config["services"][service], mounts_of(config, service)
        known, inspected = {mount.path for mount in mounts}, image(said["image"])
        yield (
            entry,
            Placed(
                service=service,
                image=said["image"],
                is_here=bool(inspected),
                variables={**(environment_of(inspected) if inspected else {}), **(said.get("environment") or {})},
                mounts=mounts,
                elsewhere=[mount for mount in now if mount.path not in known],
            ),
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
