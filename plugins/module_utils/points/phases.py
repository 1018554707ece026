# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The phases of a restore, each a function that can be run again after it broke off."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils import compose, databases
from ansible_collections.photosync.vps.plugins.module_utils.points import engine, guard, publishing, swap
from ansible_collections.photosync.vps.plugins.module_utils.points.progress import Progress
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.points.verify import damage, parts_of, unlike
from ansible_collections.photosync.vps.plugins.module_utils.process import run as run_command
from ansible_collections.photosync.vps.plugins.module_utils.restic import Restic
from ansible_collections.photosync.vps.plugins.module_utils.table import size

# Seconds a service gets to end by itself before it is killed: PostgreSQL writes out what it holds.
STOP_SECONDS = 60


@dataclass
class Restoring:
    """All that a phase needs to know."""

    document: dict[str, Any]
    settings: Settings
    restic: Restic
    manifest: dict[str, Any]
    trees: dict[str, str]
    progress: Progress

    @property
    def stack(self) -> str:
        return self.document["stack"]


def plan(work: Restoring, confirm: Optional[str], resumed: bool) -> dict[str, Any]:
    """Say what would be done; raise PointError where it may not or cannot be done. Changes nothing.

    :param resumed: this restore was allowed before and broke off, so what lies here now is half of it.
    """
    found = guard.data_found(work.document)
    complaints = guard.misfits(work.manifest, work.document)
    complaints += guard.room(work.manifest, work.document)
    refused = None if resumed else guard.refusal(found, work.document, work.settings.host, confirm)
    complaints += [refused] if refused else []
    if complaints:
        raise PointError(f"cannot restore {work.manifest['id']}: {'; '.join(complaints)}")
    return {
        "time": work.manifest["time"],
        "from_host": work.manifest["host"],
        "resumed": resumed,
        "replaces": found,
        "databases": [
            {
                "name": f"{part['service']}/{part['database']}",
                "tables": len(part["tables"]),
                "rows": sum(table["rows"] for table in part["tables"].values()),
            }
            for part in work.manifest["databases"]
        ],
        "volumes": [
            {"name": part["name"], "files": part["files"], "bytes": part["bytes"]} for part in work.manifest["volumes"]
        ],
    }


def verify(work: Restoring) -> dict[str, Any]:
    """Look whether every part is in the repository and the repository is whole, while what is here still serves."""
    complaints = unlike(work.manifest, work.trees) + damage(work.restic)
    if complaints:
        raise PointError(f"{work.manifest['id']} cannot be relied on: {'; '.join(complaints)}")
    return {"parts": len(parts_of(work.manifest))}


def stop(work: Restoring) -> dict[str, Any]:
    """Stop every container of the stack, so that nothing writes to what is replaced."""
    running = [container for container in compose.containers(work.stack) if container.state != "exited"]
    if running:
        run_command(["docker", "stop", "--time", str(STOP_SECONDS), *(container.id for container in running)])
    return {"stopped": sorted({container.service for container in running})}


def files(work: Restoring) -> dict[str, Any]:
    """Make each saved volume what it was: content, owners, modes, and nothing more in it."""
    names = {volume["name"]: volume["docker_name"] for volume in work.document["volumes"]}
    restored = []
    for part in work.manifest["volumes"]:
        target = engine.make_volume(work.stack, part["name"], names[part["name"]])
        work.restic.restore(part["snapshot"], part["path"], target)
        os.chown(target, part["root"]["uid"], part["root"]["gid"])
        os.chmod(target, part["root"]["mode"])
        restored.append(part["name"])
        work.progress(f"volume {part['name']}: {part['files']} files, {size(part['bytes'])}")
    return {"volumes": restored}


def restore_databases(work: Restoring) -> dict[str, Any]:
    """Start the database servers alone, fill new databases beside those that are there, then rename all of them."""
    services = sorted({part["service"] for part in work.manifest["databases"]})
    if not services:
        return {"databases": []}
    compose.Running(work.document, ["up", "--detach", "--wait", "--no-deps", *services]).follow()
    running = {server.service: server for server in databases.servers(work.document, services)}
    unfit = guard.unlike_servers(work.manifest, running)
    if unfit:
        raise PointError(f"cannot restore {work.manifest['id']}: {'; '.join(unfit)}")
    waiting = [
        part
        for part in work.manifest["databases"]
        if not swap.is_done(running[part["service"]], part["database"], work.manifest["id"])
    ]
    for part in waiting:
        swap.fill(work.restic, running[part["service"]], part, work.manifest["id"])
        work.progress(f"database {part['service']}/{part['database']}: {len(part['tables'])} tables")
    for part in waiting:
        swap.take_over(running[part["service"]], part["database"], work.manifest["id"])
    return {"databases": [f"{part['service']}/{part['database']}" for part in work.manifest["databases"]]}


def finish(work: Restoring) -> dict[str, Any]:
    """Drop the databases from before the restore, and let this host add to the repository from now on."""
    dropped = []
    for part in work.manifest["databases"]:
        server = databases.servers(work.document, [part["service"]])[0]
        old = swap.beside(part["database"], "before", work.manifest["id"])
        if old in databases.existing(server):
            swap.drop(server, old)
            dropped.append(f"{part['service']}/{old}")
    publishing.remember(work.document, work.settings)
    return {"dropped": dropped}


def configuration(work: Restoring) -> dict[str, Any]:
    """Lay the saved configuration and secrets beside the present ones, for a person to look into."""
    folder = os.path.join(work.document["state_dir"], "restore", work.manifest["id"] + ".configuration")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for path in work.manifest["configuration"]["paths"]:
        work.restic.restore(work.manifest["configuration"]["snapshot"], path, os.path.join(folder, path.lstrip("/")))
    return {"folder": folder}


PHASES: dict[str, Callable[[Restoring], dict[str, Any]]] = {
    "verify": verify,
    "stop": stop,
    "files": files,
    "databases": restore_databases,
    "finish": finish,
    "configuration": configuration,
}
# Those that cost what is there.
REPLACING = ("files", "databases")
# Those that change nothing.
LOOKING = ("plan", "verify", "prove")
