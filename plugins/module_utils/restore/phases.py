# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The phases of a restore, each a function that can be run again after it broke off."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import baseline, disk_space, ownership
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.backup.verify import damage, parts_of, unlike, unread
from ansible_collections.photosync.vps.plugins.module_utils.common import lock
from ansible_collections.photosync.vps.plugins.module_utils.common.files import below, sync_file_system
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run as run_command
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.databases import memory, registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose, engine, restart_policies
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import AT_ONCE
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.restore import (
    before,
    databases,
    durations,
    endpoints,
    outcome,
    safety,
    safety_copy,
    staging,
)
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Restoring
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import Late
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import (
    CONFIGURATION,
    EMPTY,
    UNKNOWN,
    close_others,
    replaced_by,
)
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import OLD

# Seconds that everything has to become healthy: Immich may take three minutes after a restore.
HEALTH_SECONDS = 300.0
EXCHANGED = "exchanged"
# What a restore may fail with.
FAILURES = (PointError, DatabaseError, ResticError, CommandFailed, Late, OSError)


def verify(work: Restoring) -> dict[str, Any]:
    """Look whether every part is in the repository and the repository is whole, while what is here still serves."""
    complaints = unlike(work.manifest, work.trees)
    damaged = damage(work.restic)
    if damaged and not complaints:
        # What is broken may belong to other points alone; this one is good when all of it can be read.
        work.progress(f"{damaged[0]}\nreading all of {work.manifest['id']} to see whether it is concerned")
        unreadable = unread(work.restic, work.manifest, work.progress)
        complaints = damaged + unreadable if unreadable else []
    if complaints:
        raise PointError(f"{work.manifest['id']} cannot be relied on: {'; '.join(complaints)}")
    return {"parts": len(parts_of(work.manifest)), "unlocked": work.restic.read_only}


def keep(work: Restoring) -> dict[str, Any]:
    """Keep what is here, where there is anything and it is not half of a restore that broke off."""
    planned = work.journal.result("plan") or {}
    half = replaced_by(work.target.state_dir)
    earlier = work.journal.before or safety.NOTHING
    if half and earlier["kind"] != UNKNOWN:
        # A point of it would be one of half a restore. What was before the first attempt is what counts.
        kept = earlier
        return {
            "kind": kept["kind"],
            "name": kept["name"],
            "why": f"what is here is half of the restore of {half.point}",
        }
    found = {
        "volumes": before.volumes(work.target, work.manifest),
        "databases": before.names(work.target, work.manifest),
    }
    if planned.get("replaces"):
        kept = safety.keep(work.target, work.settings, work.manifest, work.asked.level, work.progress)
    else:
        kept = {**safety.NOTHING, "kind": EMPTY}
    containers = [container.id for container in compose.containers(work.stack)]
    running = planned.get("running", [])
    work.journal.know(before={**kept, **found, "running": running, "containers": containers})
    return dict(kept)


@contextlib.contextmanager
def nobody_starts(work: Restoring) -> Iterator[None]:
    """Let nobody start anything in the block: whoever starts services has ended before, or finds the stop noted."""
    path = os.path.join(work.target.state_dir, "deploy.lock")
    try:
        with lock.exclusive(path, "a restore", wait=unfinished.WAIT_SECONDS):
            yield
    except lock.Busy as error:
        raise PointError(str(error)) from error


def stop(work: Restoring) -> dict[str, Any]:
    """Stop what writes to what is replaced: every container of the stack, or of the services that a part concerns."""
    stopped = safety_copy.stop(work.stack, work.concerned)
    restart_policies.relax(work.target, work.concerned)
    return {"stopped": stopped}


def files(work: Restoring) -> dict[str, Any]:
    """Make each saved volume what it was, beside the one that is there where the disk has room for both."""
    parts, names = work.manifest["volumes"], {volume.name: volume.docker_name for volume in work.target.volumes}
    paths = {part["name"]: engine.make_volume(work.stack, part["name"], names[part["name"]]) for part in parts}
    # What restores that nobody went on with have left takes the room that this one needs.
    work.journal.once("files", lambda: list(map(staging.clear, paths.values())))
    needed = durations.weight(work.manifest)
    ways = {part["name"]: _way(work, paths[part["name"]], needed) for part in parts}
    # Nothing is exchanged before everything could be read.
    _stage(work, [part for part in parts if ways[part["name"]] == EXCHANGED], paths)
    for part in parts:
        way = ways[part["name"]]
        _exchange(work, part, paths[part["name"]], way)
        work.progress(f"volume {part['name']}: {part['files']} files, {size(part['bytes'])} {way}")
    if CONFIGURATION in work.only:
        work.progress(f"configuration: laid into {configuration(work)['folder']}")
    # Before it is noted that this phase is done: what was written over what was there, above all.
    for path in paths.values():
        sync_file_system(path)
    return {"volumes": ways}


def _stage(work: Restoring, parts: list[dict[str, Any]], paths: dict[str, str]) -> None:
    """Fill a folder beside each of these volumes, while the database servers start."""

    def stage(part: dict[str, Any]) -> None:
        staging.stage(work.restic, part, paths[part["name"]], work.manifest["id"], work.progress)

    with ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(AT_ONCE) as pool:
        beside.submit(databases.serve_ahead, work)
        list(pool.map(stage, parts))


def _way(work: Restoring, path: str, needed: int) -> str:
    """In a word, how a volume comes to its place: by a folder that is filled beside it, where there is room."""
    point = work.manifest["id"]
    if staging.exchanged(path, point):
        return "in place already"
    roomy = os.path.isdir(staging.beside(path, "restore", point)) or disk_space.has_room(os.path.dirname(path), needed)
    return "written over what was there" if os.path.ismount(path) or not roomy else EXCHANGED


def _exchange(work: Restoring, part: dict[str, Any], path: str, way: str) -> None:
    if way == EXCHANGED:
        staging.exchange(path, work.manifest["id"], work.journal.replacing)
    elif way == "written over what was there":
        work.journal.replacing()
        staging.fill(work.restic, part, path, work.progress)


def reconcile(work: Restoring) -> dict[str, Any]:
    """Give the restored servers the password that the release has: the vault's, not the one of the point."""
    services = {part["service"] for part in work.manifest["databases"]}
    restored = [entry for entry in work.target.databases if entry.service in services]
    return {"reconciled": registry.ensure_databases(replace(work.target, databases=restored))}


def start(work: Restoring) -> dict[str, Any]:
    """Start the whole stack, or what was stopped for a part, and wait until that is healthy."""
    if not work.only:
        return {"verdict": serve(work.target, work.progress)}
    stopped = again(work)
    return {"started": stopped, "verdict": healthy(work.target, work.progress, stopped)}


def serve(target: Target, progress: Progress) -> str:
    """Start the whole stack and wait until it is healthy; returns the verdict."""
    from ansible_collections.photosync.vps.plugins.module_utils.deploy import converge

    try:
        converge.up(target, on_progress=progress, jobs_again=True)
    except converge.ConvergeFailed as error:
        raise PointError(str(error)) from error
    restart_policies.put_back(target)
    return healthy(target, progress)


def healthy(target: Target, progress: Progress, services: Optional[Sequence[str]] = None) -> str:
    """Wait until all targets are healthy, or those of these services; returns the verdict, empty without any."""
    from ansible_collections.photosync.vps.plugins.module_utils.deploy import health_gate

    targets = [one for one in target.health_targets if services is None or one.get("service") in services]
    if not targets:
        return ""
    try:
        return health_gate.wait(endpoints.located(replace(target, health_targets=targets)), HEALTH_SECONDS, progress)[
            "verdict"
        ]
    except health_gate.Unhealthy as error:
        raise PointError(str(error)) from error


def again(work: Restoring) -> list[str]:
    """Start what this restore has stopped, and nothing else."""
    return start_again(work.target, (work.journal.result("plan") or {}).get("stops", []))


def serve_again(work: Restoring) -> list[str]:
    """Start what was stopped after a failure; returns what to say about it."""
    try:
        started = again(work)
    except FAILURES as error:
        return [f"what was stopped could not be started again: {error}"]
    if work.journal.result("stop") is not None:
        work.journal.undo("stop", serves=OLD)
    return [f"started again: {', '.join(started)}"] if started else []


def start_again(target: Target, services: Sequence[str]) -> list[str]:
    """Start the containers of these services as they are; Compose would make them anew, and what they need not.

    Only those that somebody has removed meanwhile have to be made. Returns the services.
    """
    found = [container for container in compose.containers(target.stack) if container.service in services]
    if found:
        run_command(["docker", "start", *(container.id for container in found)])
    removed = sorted(set(services) - {container.service for container in found})
    if removed:
        compose.Running(target, ["up", "--detach", "--no-deps", *removed]).follow()
    restart_policies.put_back(target)
    return list(services)


def finish(work: Restoring) -> dict[str, Any]:
    """Remove what was set aside; after a whole restore this host adds to the repository, and the one before no more."""
    if work.journal.result("prove") is None:
        raise PointError(f"the restore of {work.manifest['id']} is not proved yet: the phase prove comes first")
    memory.put_back(work.target.state_dir)
    # Where a playbook restores, its deployment has started them.
    restart_policies.put_back(work.target)
    dropped = databases.drop_old(work, databases.servers(work))
    for part in work.manifest["volumes"]:
        path = engine.mountpoint(_docker_name(work, part["name"]))
        if path:
            staging.clear(path)
    baseline.remember_restored(work.target, work.manifest["id"])
    fenced = "" if work.only else _own_repository(work)
    close_others(work.target.state_dir, work.journal)
    durations.remember(work.target, work.manifest, work.journal.durations(), "restore")
    report = outcome.lines(work.target, work.journal, fenced)
    return {"dropped": dropped, "fenced": fenced, "seconds": work.journal.durations(), "report": report}


def _own_repository(work: Restoring) -> str:
    """Let this host alone add points from now on; returns the name of the one that did before, if it was another."""
    known = ownership.is_known(work.target, work.place)
    before = ownership.own(work.restic, work.target, work.settings, work.place, work.progress)
    if before is None:
        return ""
    return before["host"] or ("" if known else work.manifest["host"])


def _docker_name(work: Restoring, name: str) -> str:
    return next(volume.docker_name for volume in work.target.volumes if volume.name == name)


def configuration(work: Restoring) -> dict[str, Any]:
    """Lay the saved configuration and secrets beside the present ones, for a person to look into."""
    folder = os.path.join(work.target.state_dir, "restore", work.manifest["id"] + ".configuration")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for path in work.manifest["configuration"]["paths"]:
        try:
            place = below(folder, path)
        except ValueError as error:
            raise PointError(f"{work.manifest['id']} cannot be relied on: its configuration {error}") from error
        work.restic.restore(work.manifest["configuration"]["snapshot"], path, place)
    return {"folder": folder}


# Those that cost what is there.
REPLACING = ("files", "databases")
# Those after which what was stopped has to serve again if they fail.
STANDING_STILL = ("safety", "stop", "files", "databases", "credentials")
