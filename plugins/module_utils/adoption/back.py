# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The way back: the old deployment as it was, on the data that it had."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.adoption import record
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import AdoptionError, Found, service_of
from ansible_collections.photosync.vps.plugins.module_utils.adoption.servers import wait_for
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Server
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.docker.api import EngineRefused, post
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import Inspected, environment_of, inspect
from ansible_collections.photosync.vps.plugins.module_utils.stack import paths
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import Journal

RUNNING_SECONDS = 60


def undo(stack: str, found: Found, journal: Journal) -> dict[str, Any]:
    """Remove what the stack has started, start what was running before, and forget the adoption.

    Data that was taken over in place stays where it is. New volumes hold nothing that the old ones lack, and go.
    """
    old = {one["Id"] for one in found.containers}
    remove([one.id for one in compose.containers(stack) if one.id not in old], volumes=True)
    layout = paths.of_stack(stack)
    if os.path.islink(layout.current):
        os.unlink(layout.current)
    shutil.rmtree(layout.releases, ignore_errors=True)
    remove_networks(_networks_of(stack) - {one["Id"] for one in found.networks})
    for name in journal.facts.get("made", []):
        run(["docker", "volume", "rm", "--force", name])
    started = _start_again(found, journal.facts.get("digests", {}))
    journal.remove()
    return {"started": started}


def remove(containers: Sequence[str], volumes: bool = False) -> None:
    """Remove those of the containers that are there; ``volumes`` takes the ones without a name with them."""
    there = [one["Id"] for one in inspect("container", containers)]
    if there:
        run(["docker", "rm", "--force", *(["--volumes"] if volumes else []), *there])


def remove_networks(networks: Iterable[str]) -> None:
    """Remove those of the networks that nothing is on."""
    free = [one["Id"] for one in inspect("network", list(networks)) if not one["Containers"]]
    if free:
        run(["docker", "network", "rm", *free])


def _networks_of(project: str) -> set[str]:
    label = f"label={compose.PROJECT_LABEL}={project}"
    return set(run(["docker", "network", "ls", "--quiet", "--no-trunc", "--filter", label]).stdout.split())


def _start_again(found: Found, digests: dict[str, str]) -> list[str]:
    """Start what was running: database servers first, which get their old passwords back, then everything."""
    for network in found.networks:
        if not inspect("network", [network["Name"]]):
            _post("/networks/create", record.network_creation(network))
    running = [one for one in found.containers if one["State"]["Running"]]
    ids = {one["Id"]: _present(one, found.project) for one in found.containers}
    for one in running:
        digest = digests.get(one["Id"])
        if digest:
            run(["docker", "start", ids[one["Id"]]])
            user = environment_of(one).get("POSTGRES_USER", "postgres")
            server = Server(service_of(one), user, (), ids[one["Id"]])
            wait_for(server)
            registry.of(server).keep_password(server, digest)
    if running:
        run(["docker", "start", *(ids[one["Id"]] for one in running)])
    _wait_until_running([ids[one["Id"]] for one in running])
    return sorted(service_of(one) for one in running)


def _present(container: Inspected, project: str) -> str:
    """The number of a container, made again where it was removed."""
    if inspect("container", [container["Id"]]):
        return container["Id"]
    called, name = container["Name"].lstrip("/"), container["Config"]["Image"]
    # One that was made again by somebody who was killed may be on one of its networks only.
    remove([one.id for one in compose.containers(project) if one.name == called])
    known = [one["Id"] for one in inspect("image", [name])]
    request = record.creation(container, name if container["Image"] in known else "")
    made = _post(f"/containers/create?name={called}", request)["Id"]
    for network, endpoint in list(record.endpoints(container).items())[1:]:
        _post(f"/networks/{network}/connect", {"Container": made, "EndpointConfig": endpoint})
    return made


def _post(path: str, body: dict[str, Any]) -> dict[str, Any]:
    try:
        return post(path, body) or {}
    except EngineRefused as error:
        raise AdoptionError(f"the engine refuses {path}: {error}") from error


def _wait_until_running(containers: Sequence[str]) -> None:
    """Give services a moment to find each other again; raises AdoptionError naming those that do not stay up."""
    deadline = time.monotonic() + RUNNING_SECONDS
    while True:
        down = [service_of(one) for one in inspect("container", containers) if one["State"]["Status"] != "running"]
        if not down:
            return
        if time.monotonic() > deadline:
            raise AdoptionError(
                f"the old deployment was started again, but does not stay up: {', '.join(sorted(down))}"
            )
        time.sleep(1)
