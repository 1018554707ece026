# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The databases of a restore: each filled beside the one that is there, then all of them renamed into place."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common.files import sync_file_system
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases import memory, registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.engine import Engine
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import (
    POSTGRESQL,
    DatabaseError,
    Part,
    Server,
)
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose, engine
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import AT_ONCE, Restic
from ansible_collections.photosync.vps.plugins.module_utils.restore import preconditions
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Restoring
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import others


def databases_of(work: Restoring) -> dict[str, Any]:
    """The phase: start the database servers alone, put their roles back, fill what is not in place yet, rename."""
    services = sorted({part["service"] for part in work.manifest["databases"]})
    if not services:
        return {"databases": []}
    with ThreadPoolExecutor(AT_ONCE) as beside:
        reading = {
            entry.service: beside.submit(roles_of_point, work.restic, work.manifest, entry.service, entry.engine)
            for entry in work.target.databases
            if entry.service in services
        }
        serve(work)
        running = servers(work)
        waiting = _waiting(work, running)
        saved = {name: found.result() for name, found in reading.items()}
    _put_back_roles(work, running, saved)
    _fill(work, running, waiting)
    work.journal.replacing()

    def take_over(server: Server) -> None:
        engine, roles = registry.of(server), saved[server.service]
        for part in waiting:
            if part["service"] == server.service:
                engine.take_over(server, part, work.manifest["id"])
        restored = {part["database"] for part in work.manifest["databases"] if part["service"] == server.service}
        if roles:
            engine.settle_roles(server, roles, restored)

    with ThreadPoolExecutor() as pool:
        list(pool.map(take_over, running.values()))
    _onto_disk(work, running)
    return {"databases": [f"{part['service']}/{part['database']}" for part in work.manifest["databases"]]}


def roles_of_point(
    restic: Restic, manifest: dict[str, Any], service: str, engine_name: str = POSTGRESQL
) -> Optional[dict[str, Any]]:
    """What a point holds of the roles of a server, as the engine here takes it; points from before that hold none."""
    entry = next((one for one in manifest.get("roles") or [] if one["service"] == service), None)
    if entry is None:
        return None
    text = restic.dump(manifest["configuration"]["snapshot"], entry["file"].lstrip("/"))
    try:
        found: dict[str, Any] = json.loads(text)
        wrong = list(registry.engine(engine_name).roles_shape(found, ""))
    except (ValueError, RecursionError) as error:
        wrong = [str(error)]
    if wrong:
        raise DatabaseError(
            f"{manifest['id']} cannot be relied on: what it holds of the roles of {service} was not made by us:"
            f" {'; '.join(wrong)}"
        )
    return found


def servers(work: Restoring) -> dict[str, Server]:
    """The servers of the restored databases, by service, all of which have to run."""
    services = sorted({part["service"] for part in work.manifest["databases"]})
    return {server.service: server for server in registry.servers(work.target, services)} if services else {}


def drop_old(work: Restoring, running: dict[str, Server]) -> list[str]:
    """Drop what this restore has filled or set aside, and others that nobody went on with; returns their names.

    Where the database itself is not there, what was set aside is all that there is of it, and stays. What another one
    has put here goes as a whole where it was not here before the first attempt.
    """
    there, foreign = _there(running), _of_others(work, running)
    dropping = [
        (service, old)
        for service, name in [*_places(work.manifest), *foreign]
        if name in there[service]
        for old in registry.of(running[service]).set_aside(name, there[service])
    ]
    if dropping:
        _onto_disk(work, running)
    was = (work.journal.before or {}).get("databases", {})
    dropping += [
        (service, old)
        for service, name in foreign
        if name not in was.get(service, [name])
        for old in [name, *registry.of(running[service]).set_aside(name, there[service])]
        if old in there[service] and (service, old) not in dropping
    ]
    for service, old in dropping:
        registry.of(running[service]).drop(running[service], old)
    return [f"{service}/{old}" for service, old in dropping]


def _places(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """The databases of a point, each with the service of its server."""
    return [(part["service"], part["database"]) for part in manifest["databases"]]


def _of_others(work: Restoring, running: dict[str, Server]) -> list[tuple[str, str]]:
    """The databases that restores which are half done were to put onto these servers, and this one is not."""
    half = [found for found in others(work.target.state_dir, work.journal.point) if found.half and found.manifest]
    found = {place for one in half for place in _places(one.manifest or {}) if place[0] in running}
    return sorted(found.difference(_places(work.manifest)))


def _onto_disk(work: Restoring, running: dict[str, Server]) -> None:
    """Return once all that these servers hold is on the disk, even where fsync is off in one."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda server: registry.of(server).checkpoint(server), running.values()))
    for volume in work.target.volumes:
        path = engine.mountpoint(volume.docker_name) if running.keys() & set(volume.services) else None
        if path:
            sync_file_system(path)


def _there(running: dict[str, Server]) -> dict[str, list[str]]:
    """The names of each server's databases."""
    with ThreadPoolExecutor() as pool:
        return dict(zip(running, pool.map(lambda server: registry.of(server).names(server), running.values())))


def _engine(running: dict[str, Server], part: Part) -> Engine:
    """The engine of the server that a part goes to."""
    return registry.of(running[part["service"]])


def _waiting(work: Restoring, running: dict[str, Server]) -> list[dict[str, Any]]:
    """The databases that are not in place yet, the largest first, so that small ones are filled beside it.

    Raises PointError where a server cannot hold them.
    """
    waiting = list(work.manifest["databases"])
    with ThreadPoolExecutor(1) as beside:
        unfit = beside.submit(preconditions.unfit, work.manifest, work.target)
        work.journal.once("databases", lambda: drop_old(work, running))
        there, point = _there(running), work.manifest["id"]
        waiting = [
            part
            for part in waiting
            if not _engine(running, part).is_done(part["database"], point, there[part["service"]])
        ]
    if unfit.result():
        raise PointError(f"cannot restore {work.manifest['id']}: {'; '.join(unfit.result())}")
    return sorted(waiting, key=lambda part: part.get("bytes", 0), reverse=True)


def _put_back_roles(work: Restoring, running: dict[str, Server], saved: dict[str, Optional[dict[str, Any]]]) -> None:
    def put_back(name: str) -> list[str]:
        server, roles = running[name], saved[name]
        return registry.of(server).put_back_roles(server, roles, whole=not work.only) if roles else []

    with ThreadPoolExecutor() as pool:
        for name, made in zip(running, pool.map(put_back, running)):
            for role in made:
                work.progress(f"role {role} of {name}: made again")


def serve(work: Restoring) -> None:
    """Start the servers of the restored databases, and nothing else, where they do not serve yet."""
    start_servers(work.target, sorted({part["service"] for part in work.manifest["databases"]}))


def serve_ahead(work: Restoring) -> None:
    """Start the servers while files are read, but none that mounts what is about to be exchanged.

    What cannot be started is told when it is needed.
    """
    restored = {part["name"] for part in work.manifest["volumes"]}
    mounting = {service for volume in work.target.volumes if volume.name in restored for service in volume.services}
    with contextlib.suppress(CommandFailed, OSError):
        start_servers(work.target, sorted({part["service"] for part in work.manifest["databases"]} - mounting))


def start_servers(target: Target, services: Sequence[str]) -> None:
    """Start these servers without what needs them or what they need, and wait until they serve."""
    serving = {container.service for container in compose.containers(target.stack) if container.healthy}
    waiting_for = [service for service in services if service not in serving]
    if waiting_for:
        compose.Running(target, ["up", "--detach", "--wait", "--no-deps", *waiting_for]).follow()


def _fill(work: Restoring, running: dict[str, Server], waiting: list[dict[str, Any]]) -> None:
    room = work.target.memory_limit

    def fill(part: dict[str, Any]) -> None:
        server = running[part["service"]]
        registry.of(server).fill(server, work.restic, part, work.manifest["id"], work.progress, room)
        work.progress(f"database {part['service']}/{part['database']}: {len(part['tables'])} tables")

    with memory.lifted(list(running.values()), work.target.state_dir), ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(fill, waiting))
