# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The database servers of a deployment: what they are, and reaching them in the containers that they run in."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.adoption import images
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import AdoptionError, Found
from ansible_collections.photosync.vps.plugins.module_utils.adoption.plan import Server, migrating, volume_of
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError, Program
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Server as Running
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import (
    Inspected,
    environment_of,
    image,
    inspect,
)
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import DatabaseServer, Service, Spec

READY_SECONDS = 60


def servers_of(spec: Spec, found: Found, pull: bool = False) -> list[Server]:
    """The stack's database servers that have files in the old deployment.

    :param pull: have the images that the servers will run, to know what they are; without it, only those that are here.
    """
    return [
        _server(spec, found, entry, pull)
        for entry in spec.databases
        if volume_of(spec, entry.service) in found.existing.volumes
    ]


def old_server(found: Found, volume: str, service: str, user: str) -> Running:
    """The old server on a volume, to ask and to dump; raises AdoptionError when none of its containers is left."""
    container = found.user_of(found.existing.volumes[volume])
    if container is None:
        raise AdoptionError(f"no container of {service} is left")
    return Running(service, user, (), container["Id"])


@contextlib.contextmanager
def answering(server: Running) -> Iterator[None]:
    """Have a server answer while the block runs; one that stood still stands still again afterwards."""
    stood_still = not inspect("container", [server.container])[0]["State"]["Running"]
    if stood_still:
        run(["docker", "start", server.container])
    try:
        wait_for(server)
        yield
    finally:
        if stood_still:
            run(["docker", "stop", "--time", str(engine.STOP_SECONDS), server.container])


def wait_for(server: Running) -> None:
    """Wait until a server answers; raises AdoptionError when it has ended, or does not within a minute."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            registry.of(server).names(server)
            return
        except DatabaseError as error:
            state = inspect("container", [server.container])
            if time.monotonic() > deadline or not (state and state[0]["State"]["Running"]):
                said = run(["docker", "logs", "--tail", "5", server.container], check=False)
                tail = f"end of its log:\n{said.stdout}{said.stderr}".strip()
                raise AdoptionError(f"{server.service} does not answer: {error}\n{tail}") from error
        time.sleep(0.5)


def _server(spec: Spec, found: Found, entry: DatabaseServer, pull: bool) -> Server:
    service, volume = entry.service, volume_of(spec, entry.service)
    wanted = {one.name: one.image for one in spec.services}
    old = found.user_of(found.existing.volumes[volume])
    kind = registry.engine(entry.engine)
    new = kind.program(wanted[service]) if _is_here(wanted[service], pull) else Program()
    return Server(
        service=service,
        volume=volume,
        container=old is not None,
        old_major=kind.data_version(engine.mountpoint(found.existing.volumes[volume]) or "/nowhere"),
        old_libc=kind.program(old["Image"]).libc if old else "",
        old_user=environment_of(old).get("POSTGRES_USER", "postgres") if old else entry.user,
        image=wanted[service],
        major=new.major,
        libc=new.libc,
        user=entry.user,
        moved=tuple(filter(None, (_moved(found, one) for one in migrating(spec, service)))),
    )


def _is_here(reference: str, pull: bool) -> bool:
    if pull:
        images.have(reference)
    return pull or image(reference) is not None


def _moved(found: Found, entry: Service) -> str:
    """How the version of a service changes, in words; empty where it stays the same."""
    old = found.of_service(entry.name)
    if old is None or old["Config"]["Image"] == entry.image or _same_image(old, entry.image):
        return ""
    before = images.version_of(old["Config"]["Image"], image(old["Image"]))
    after = images.version_of(entry.image, image(entry.image))
    return "" if before and before == after else f"{entry.name} ({before or 'unknown'} to {after or 'unknown'})"


def _same_image(old: Inspected, reference: str) -> bool:
    new: Optional[dict[str, Any]] = image(reference)
    return new is not None and new["Id"] == old["Image"]
