# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put a point back, phase by phase. Each can be run again; a finished one is not repeated.

The order is fixed: plan, verify, safety, stop, files, databases, credentials, prove, start, finish. A service must not
run on a database that is still empty, and what was there before goes only at the end.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.databases import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.points import parts, phases, prove, safety
from ansible_collections.photosync.vps.plugins.module_utils.points.choice import LATEST
from ansible_collections.photosync.vps.plugins.module_utils.points.journal import Journal, broken_off
from ansible_collections.photosync.vps.plugins.module_utils.points.listing import load_manifest, repository, stack_of
from ansible_collections.photosync.vps.plugins.module_utils.points.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.points.progress import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.points.restoring import Restoring
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.restic import ensure_installed
from ansible_collections.photosync.vps.plugins.module_utils.restic_answers import ResticError

ORDER = ("plan", "verify", "safety", "stop", "files", "databases", "credentials", "prove", "start", "finish")
FAILURES = (PointError, DatabaseError, ResticError, CommandFailed, OSError)
# A restore that was killed may have left restic or Compose running, which hold the lock until they end.
WAIT_SECONDS = 60.0


def run(
    phase: str,
    document: dict[str, Any],
    settings: Settings,
    point: str = LATEST,
    confirm: Optional[str] = None,
    progress: Progress = silent,
    dry_run: bool = False,
    only: Sequence[str] = (),
    level: str = safety.AUTO,
    place: str = "",
) -> dict[str, Any]:
    """Do one phase and return ``{point, phase, changed, result}``.

    A phase that this restore has finished before is not repeated: its earlier result is handed back, not ``changed``.
    ``plan`` and ``prove`` look anew each time. What replaces data is refused until ``plan`` has allowed it.

    :param only: the parts to restore; everything when empty.
    :param level: how to keep what is here first: "auto", "cold" or "none".
    :param place: the repository to restore from, by name or number. Without one the plan takes the first, and all other
        phases take that of the plan.
    """
    with exclusive(document["state_dir"], "restore", wait=WAIT_SECONDS, with_children=True):
        work = _work(phase, document, settings, point, only, progress, place)
        if phase != "safety":
            changed, result = _phase(phase, work, confirm, dry_run, point)
    if phase == "safety":
        # Making a point takes the lock itself.
        changed, result = _once(phase, work, dry_run, level)
    return {"point": work.manifest["id"], "phase": phase, "changed": changed, "result": result}


def _work(
    phase: str,
    document: dict[str, Any],
    settings: Settings,
    point: str,
    only: Sequence[str],
    progress: Progress,
    place: str,
) -> Restoring:
    """What the phase works with: the manifest that the plan has read, or that of the repository."""
    state, wanted = document["state_dir"], parts.words(only)
    ensure_installed()
    if phase in ("plan", "verify"):
        known = broken_off(state, point, wanted, datetime.datetime.now().astimezone())
        if known and known != point:
            progress(f"going on with the restore of {known}, which broke off")
        point = known or point
    journal = Journal(state, point)
    planned = "" if phase in ("plan", "verify") else journal.repository
    where = settings.at(place or planned)
    restic = repository(where, stack_of(document), owns_lock=True)
    trees: dict[str, str] = {}
    if planned == where.name and journal.manifest is not None and (not wanted or journal.only == wanted):
        manifest = {"only": [], **journal.manifest}
    else:
        loaded, trees = load_manifest(restic, stack_of(document), point, progress)
        manifest = parts.narrow(loaded, document, wanted)
        journal = Journal(state, manifest["id"])
    # A repository that takes no lock was found out by then; a dump that is piped into a database cannot try again.
    restic.read_only = restic.read_only or bool((journal.result("verify") or {}).get("unlocked"))
    return Restoring(document, settings, restic, manifest, trees, progress, journal, where)


def _phase(
    phase: str, work: Restoring, confirm: Optional[str], dry_run: bool, wanted: str
) -> tuple[bool, dict[str, Any]]:
    if phase == "plan":
        return False, _plan(work, confirm, dry_run, wanted)
    if phase == "prove":
        return False, _prove(work)
    return _once(phase, work, dry_run)


def _once(phase: str, work: Restoring, dry_run: bool, level: str = safety.AUTO) -> tuple[bool, dict[str, Any]]:
    """Do a phase that is done once."""
    done = work.journal.result(phase)
    if done is not None or dry_run:
        return done is None and phase not in phases.LOOKING, done or {}
    if work.document.get("bare"):
        raise PointError(f"{phase} needs a release on this host: run the deploy or restore playbook")
    if not work.journal.allowed:
        raise PointError(f"{phase} was not allowed yet: the phase plan comes first")
    begun = time.monotonic()
    try:
        result = phases.keep(work, level) if phase == "safety" else phases.PHASES[phase](work)
    except FAILURES as error:
        raise PointError("\n".join([str(error), *_afterwards(phase, work)])) from error
    if phase == "finish":
        # Closed at one stroke: noted and left open by a kill, it would count the next restore's phases as done.
        work.journal.close()
    work.journal.note(phase, result, time.monotonic() - begun)
    return phase not in phases.LOOKING, result


def _afterwards(phase: str, work: Restoring) -> list[str]:
    """Start again what may serve after a failure; returns what to say about it and about the way back."""
    said = []
    if phase in phases.STANDING_STILL and (work.only or not work.journal.replaced):
        said += _serve_again(work)
    return said + way_back(work)


def _serve_again(work: Restoring) -> list[str]:
    try:
        started = phases.again(work)
    except FAILURES as error:
        return [f"what was stopped could not be started again: {error}"]
    work.journal.drop("stop")
    return [f"started again: {', '.join(started)}"] if started else []


def way_back(work: Restoring, again: str = "goes on where it stopped") -> list[str]:
    """Sentences on what to do after a failure; a drill goes as a whole, so there is none back from it.

    :param again: what the same restore does when it is run again.
    """
    if "drill_of" in work.document:
        return []
    if not work.journal.replaced:
        return ["nothing that was here has been replaced"] if work.journal.allowed else []
    kept = work.journal.result("safety") or safety.NOTHING
    command = safety.way_back(work.document, work.settings, kept, work.only)
    said = [f"the same restore, run again, {again}"]
    return [*said, f"the state before it comes back with: {command}"] if command else said


def _prove(work: Restoring) -> dict[str, Any]:
    begun = time.monotonic()
    serving = prove.is_serving(work.document, work.concerned)
    differences = prove.prove(work.document, work.place, work.manifest, work.progress, serving)
    result = {"differences": differences, "compared": prove.compared(work.manifest), "way_back": []}
    if not work.journal.allowed:
        return result
    if not differences:
        work.journal.note("prove", {"compared": result["compared"]}, time.monotonic() - begun)
    else:
        result["way_back"] = (_serve_again(work) if work.only else []) + way_back(work, "begins anew")
        work.journal.disproved()
    return result


def _plan(work: Restoring, confirm: Optional[str], dry_run: bool, wanted: str) -> dict[str, Any]:
    journal = work.journal
    left = [phase for phase in phases.REPLACING if journal.result(phase) is None]
    # Services that run have been started since: what they wrote is not half a restore.
    resumed = (
        journal.resumable(datetime.datetime.now().astimezone())
        and journal.only == work.only
        and not (left and prove.is_serving(work.document, work.concerned))
    )
    result = phases.plan(work, confirm, resumed, wanted)
    if resumed:
        earlier = journal.result("plan") or {}
        result["stops"] = sorted({*result["stops"], *earlier.get("stops", [])})
        result["replaces"] = earlier.get("replaces", result["replaces"])
    else:
        journal.forget()
    journal.manifest, journal.repository = work.manifest, work.place.name
    if wanted != journal.point:
        journal.wanted = wanted
    if not dry_run:
        journal.note("plan", result)
    return result
