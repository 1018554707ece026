# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The databases of a restore: each filled beside the one that is there, then all of them renamed into place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils import compose, databases
from ansible_collections.photosync.vps.plugins.module_utils.databases import Server
from ansible_collections.photosync.vps.plugins.module_utils.points import memory, roles, swap, target
from ansible_collections.photosync.vps.plugins.module_utils.points.restoring import Restoring
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError
from ansible_collections.photosync.vps.plugins.module_utils.restic import AT_ONCE


def databases_of(work: Restoring) -> dict[str, Any]:
    """The phase: start the database servers alone, put their roles back, fill what is not in place yet, rename."""
    services = sorted({part["service"] for part in work.manifest["databases"]})
    if not services:
        return {"databases": []}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        reading = {name: pool.submit(roles.of_point, work.restic, work.manifest, name) for name in services}
        _serve(work, services)
        saved = {name: found.result() for name, found in reading.items()}
    running = servers(work)
    if work.journal.first_time("databases"):
        drop_old(work, running)
    unfit = target.unfit(work.manifest, work.document)
    if unfit:
        raise PointError(f"cannot restore {work.manifest['id']}: {'; '.join(unfit)}")
    waiting = _waiting(work, running)
    for name, server in running.items():
        for role in roles.put_back(saved[name], server, whole=not work.only):
            work.progress(f"role {role} of {name}: made again")
    _fill(work, running, waiting)
    work.journal.replacing()

    def take_over(server: Server) -> None:
        for part in waiting:
            if part["service"] == server.service:
                swap.take_over(server, part["database"], work.manifest["id"])
        restored = {part["database"] for part in work.manifest["databases"] if part["service"] == server.service}
        roles.settle(saved[server.service], server, restored)

    with ThreadPoolExecutor() as pool:
        list(pool.map(take_over, running.values()))
    return {"databases": [f"{part['service']}/{part['database']}" for part in work.manifest["databases"]]}


def servers(work: Restoring) -> dict[str, Server]:
    """The servers of the restored databases, by service, all of which have to run."""
    services = sorted({part["service"] for part in work.manifest["databases"]})
    return {server.service: server for server in databases.servers(work.document, services)} if services else {}


def drop_old(work: Restoring, running: dict[str, Server]) -> list[str]:
    """Drop what this restore has filled or set aside, and others that nobody went on with; returns their names."""
    dropped = []
    there = {name: databases.existing(server) for name, server in running.items()}
    for part in work.manifest["databases"]:
        for old in swap.set_aside(part["database"], there[part["service"]]):
            swap.drop(running[part["service"]], old)
            dropped.append(f"{part['service']}/{old}")
    return dropped


def _waiting(work: Restoring, running: dict[str, Server]) -> list[dict[str, Any]]:
    """The databases that are not in place yet, the largest first, so that small ones are filled beside it."""
    there = {name: databases.existing(server) for name, server in running.items()}
    waiting = [
        part
        for part in work.manifest["databases"]
        if not swap.is_done(part["database"], work.manifest["id"], there[part["service"]])
    ]
    return sorted(waiting, key=lambda part: part.get("bytes", 0), reverse=True)


def _serve(work: Restoring, services: list[str]) -> None:
    serving = {container.service for container in compose.containers(work.stack) if container.healthy}
    waiting_for = [service for service in services if service not in serving]
    if waiting_for:
        compose.Running(work.document, ["up", "--detach", "--wait", "--no-deps", *waiting_for]).follow()


def _fill(work: Restoring, running: dict[str, Server], waiting: list[dict[str, Any]]) -> None:
    room = work.document.get("memory_limit")

    def fill(part: dict[str, Any]) -> None:
        swap.fill(work.restic, running[part["service"]], part, work.manifest["id"], work.progress, room)
        work.progress(f"database {part['service']}/{part['database']}: {len(part['tables'])} tables")

    with memory.lifted(list(running.values()), work.document["state_dir"]), ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(fill, waiting))
