# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Go back to what was here before the first attempt of a restore that did not end, whatever was tried since.

Each way can be gone again when it was broken off: what was kept stays until the end.
"""

from __future__ import annotations

from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.databases import memory
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.restore import (
    before,
    databases,
    phases,
    preconditions,
    safety,
    safety_copy,
    selection,
)
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import (
    EMPTY,
    UNKNOWN,
    Restore,
    claim,
    close_others,
    half_done,
    others,
)


def abandon(target: Target, settings: Settings, confirm: Optional[str], progress: Progress) -> dict[str, Any]:
    """End a restore by going back; returns ``{point, back, started}``, in words what is back and which services run.

    Raises PointError where nothing was kept, or where it is not confirmed.
    """
    with exclusive(target.state_dir, "restore", wait=restore.WAIT_SECONDS, with_children=True):
        journal = _begun(target)
        wanted = f"{target.stack}@{settings.host}"
        if confirm != wanted:
            raise PointError(f"nothing was changed. {_intention(journal)} To do it say --confirm {wanted}")
        kept = journal.kept or safety.NOTHING
        if journal.replaced and kept["kind"] == unfinished.POINT:
            _note(target, kept["name"])
        else:
            return _back(target, journal, kept, progress)
    asked = Asked(kept["name"], confirm, journal.scope or [])
    done = restore.restore(target, settings, asked, progress)
    return {"point": journal.point, "back": f"the restore point {done['point']}", "started": kept.get("running", [])}


def undo(target: Target, settings: Settings, name: str, confirm: Optional[str], progress: Progress) -> dict[str, Any]:
    """Bring back a cold copy: the volumes as they were before a restore, then everything started and healthy."""
    saved = safety_copy.contents(target, name)
    refused = preconditions.refusal([f"volume {volume}" for volume in saved], target, settings.host, confirm)
    if refused:
        raise PointError(refused)
    with exclusive(target.state_dir, "restore", wait=restore.WAIT_SECONDS, with_children=True):
        ended = [found for found in others(target.state_dir, "") if _holds(target, found, saved)]
        for journal in ended:
            if journal.replaced:
                journal.abandon()
        claim(target.state_dir, "")
        volumes = safety_copy.put_back(target, name, progress)
        for journal in ended:
            journal.close()
    unfinished.refuse(target.stack, target.state_dir, "services were not started")
    phases.serve(target, progress)
    return {"point": name, "volumes": volumes, "safety": safety.NOTHING}


def _begun(target: Target) -> Restore:
    """The restore that is abandoned: the one that is half done, else the last that was only begun."""
    state_dir = target.state_dir
    found = half_done(state_dir) or next((one for one in reversed(others(state_dir, "")) if one.allowed), None)
    if found is None:
        raise PointError("no restore was begun here that has not ended, so there is nothing to go back from")
    if found.replaced and (found.kept or {"kind": UNKNOWN})["kind"] in (safety.NONE, UNKNOWN):
        said = [unfinished.headline(found), *unfinished.ways(target.stack, found)]
        raise PointError("nothing was changed: " + "\n".join(said))
    return found


def _intention(journal: Restore) -> str:
    what = f"{', '.join(journal.only)} of {journal.point}" if journal.only else journal.point
    return (
        f"This ends the restore of {what}; what was here before it: {unfinished.what_was_before(journal)}."
        " What was written since then is lost."
    )


def _note(target: Target, kept: str) -> None:
    """Before anything happens: what these restores have done counts no more, and what is kept is known."""
    claim(target.state_dir, kept)
    for journal in others(target.state_dir, ""):
        if journal.replaced and not journal.abandoned and journal.point != kept:
            journal.abandon()


def _back(target: Target, journal: Restore, kept: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Go back to anything but a restore point, and close what has ended with it."""
    if journal.replaced:
        _note(target, "")
    manifest = journal.manifest or {"databases": [], "volumes": [], "only": []}
    memory.put_back(target.state_dir)
    planned = journal.result("plan") or {}
    running = list(kept.get("running", planned.get("running", planned.get("stops", []))))
    # What was begun and touched nothing yet may be old: whatever is here now is nobody's half restore.
    if journal.half and kept["kind"] == EMPTY:
        back = "nothing, as before"
        _take_away(target, manifest, kept, running, progress)
    elif journal.replaced:
        back = f"the copy {kept['name']}"
        safety_copy.stop(target.stack, _users(target, manifest))
        safety_copy.put_back(target, kept["name"], progress)
        before.take_away(target, manifest, kept.get("volumes", {}), progress)
        before.clear(target, manifest)
    else:
        back = "nothing of it had been replaced"
        before.clear(target, manifest)
    started = _start(target, journal, manifest, running, progress)
    if not journal.replaced:
        before.drop_set_aside(target, manifest)
    close_others(target.state_dir, journal)
    journal.close()
    return {"point": journal.point, "back": back, "started": started}


def _take_away(
    target: Target, manifest: dict[str, Any], kept: dict[str, Any], running: list[str], progress: Progress
) -> None:
    """Remove what the restore has put where nothing was."""
    was = kept.get("volumes") or before.guessed(target, manifest)
    # A server that was there serves other databases too.
    there = before.servers(target, was)
    safety_copy.stop(target.stack, _users(target, manifest) - there)
    if not running and not manifest["only"]:
        before.remove_containers(target.stack, kept.get("containers"))
        if not kept.get("containers"):
            compose.Running(target, ["down", "--remove-orphans"]).follow(progress)
    held = {**manifest, "databases": [part for part in manifest["databases"] if part["service"] in there]}
    databases.start_servers(target, sorted({part["service"] for part in held["databases"]}))
    before.drop_databases(target, held, progress)
    before.take_away(target, manifest, was, progress)


def _start(
    target: Target, journal: Restore, manifest: dict[str, Any], running: list[str], progress: Progress
) -> list[str]:
    """Start what ran before the first attempt, and wait until it is healthy; returns the services."""
    if not running:
        # Servers may have been started to be filled.
        if journal.half:
            safety_copy.stop(target.stack, _users(target, manifest))
        return []
    if journal.replaced and not manifest["only"]:
        phases.serve(target, progress)
        return running
    stopped = _users(target, manifest)
    again = [service for service in running if service in stopped]
    servers = {entry.service for entry in target.databases}
    databases.start_servers(target, [service for service in again if service in servers])
    phases.start_again(target, [service for service in again if service not in servers])
    phases.healthy(target, progress, again)
    return again


def _users(target: Target, manifest: dict[str, Any]) -> set[str]:
    """Services that have to stand still: those that the restore concerns, and all that use what it changes."""
    users = {service for volume in safety_copy.changing(target, manifest) for service in volume.services}
    return selection.concerned(target, manifest) | users


def _holds(target: Target, journal: Restore, saved: list[str]) -> bool:
    """Whether a copy holds every volume that a restore changes, so that it ends with the copy."""
    if journal.manifest is None:
        return True
    return {volume.name for volume in safety_copy.changing(target, journal.manifest)} <= set(saved)
