# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put a point back, phase by phase. Each can be run again; a finished one is not repeated.

The order is fixed: plan, verify, safety, stop, files, databases, credentials, prove, start, finish. A service must not
run on a database that is still empty, and what was there before goes only at the end.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import time
from collections.abc import Iterator, Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.choice import LATEST
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import load_manifest, repository
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import ensure_installed
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.restore import (
    compare,
    databases,
    differences,
    phases,
    safety,
    selection,
)
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Restoring
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.journal import (
    UNKNOWN,
    Journal,
    broken_off,
    claim,
    half_done,
    others,
    overtaken_by,
    replaced_by,
    scope_of,
)

ORDER = ("plan", "verify", "safety", "stop", "files", "databases", "credentials", "prove", "start", "finish")
FAILURES = (PointError, DatabaseError, ResticError, CommandFailed, OSError)
# A restore that was killed may have left restic or Compose running, which hold the lock until they end.
WAIT_SECONDS = 60.0


def run(
    phase: str,
    target: Target,
    settings: Settings,
    point: str = LATEST,
    confirm: Optional[str] = None,
    progress: Progress = silent,
    dry_run: bool = False,
    only: Sequence[str] = (),
    level: str = safety.AUTO,
    place: str = "",
    accept: str = "",
) -> dict[str, Any]:
    """Do one phase and return ``{point, phase, changed, result}``.

    A phase that this restore has finished before is not repeated: its earlier result is handed back, not ``changed``.
    ``plan`` and ``prove`` look anew each time. What replaces data is refused until ``plan`` has allowed it. ``prove``
    raises Disproved where it finds differences that nobody has accepted.

    :param only: the parts to restore; everything when empty.
    :param level: how to keep what is here first: "auto", "cold" or "none".
    :param place: the repository to restore from, by name or number. Without one the plan takes the first, and all other
        phases take that of the plan.
    :param accept: the digest of the differences that a person accepts; the restore then goes on with ``prove``.
    """
    with _ways_told(target):
        with exclusive(target.state_dir, "restore", wait=WAIT_SECONDS, with_children=True):
            work = _work(phase, target, settings, point, only, progress, place, accept)
            if phase != "safety":
                changed, result = _phase(phase, work, confirm, dry_run, point)
        if phase == "safety":
            # Making a point takes the lock itself.
            changed, result = _once(phase, work, dry_run, level)
    return {"point": work.manifest["id"], "phase": phase, "changed": changed, "result": result}


@contextlib.contextmanager
def _ways_told(target: Target) -> Iterator[None]:
    """Whatever fails while a restore is half done names the ways on; a drill goes as a whole, so it has none."""
    try:
        yield
    except (phases.Unconfirmed, differences.Disproved):
        raise
    except FAILURES as error:
        told = "" if target.drill_of else unfinished.told(target.stack, target.state_dir)
        if not told or told in str(error):
            raise
        if not isinstance(error, PointError):
            raise PointError(f"{error}\n{told}") from error
        error.args = (f"{error}\n{told}",)
        raise


def _work(
    phase: str,
    target: Target,
    settings: Settings,
    point: str,
    only: Sequence[str],
    progress: Progress,
    place: str,
    accept: str = "",
) -> Restoring:
    """What the phase works with: the manifest that the plan has read, or that of the repository."""
    state, wanted = target.state_dir, selection.words(only)
    ensure_installed()
    if phase in ("plan", "verify"):
        known = _disproved(state, point, accept) or broken_off(state, point, wanted, _now())
        if known and known != point:
            progress(f"{point} goes on meaning {known}, the restore of which has not ended well yet")
        point = known or point
    journal = Journal(state, point)
    planned = "" if phase in ("plan", "verify") and not accept else journal.repository
    where = settings.at(place or planned)
    restic = repository(where, target.points_of, owns_lock=True)
    trees: dict[str, str] = {}
    if planned == where.name and journal.manifest is not None and (not wanted or journal.only == wanted):
        manifest = {"only": [], **journal.manifest}
    else:
        loaded, trees = load_manifest(restic, target.points_of, point, progress)
        manifest = selection.narrow(loaded, target, wanted)
        journal = Journal(state, manifest["id"])
    # A repository that takes no lock was found out by then; a dump that is piped into a database cannot try again.
    restic.read_only = restic.read_only or bool((journal.result("verify") or {}).get("unlocked"))
    return Restoring(target, settings, restic, manifest, trees, progress, journal, where, accept)


def _disproved(state_dir: str, wanted: str, accept: str) -> Optional[str]:
    """The point whose differences these are, if it was asked for by its ID or in the same words as then."""
    for found in others(state_dir, "") if accept else []:
        if accept in (found.digest, found.accepted.get("digest")) and wanted in (found.point, found.wanted):
            return found.point
    return None


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
    # A part that is accepted as it is may serve by now.
    if done is not None or dry_run or (work.accept and phase == "stop"):
        return done is None and dry_run and phase not in phases.LOOKING, done or {}
    if work.target.bare:
        raise PointError(f"{phase} needs a release on this host: run the deploy or restore playbook")
    if not work.journal.allowed:
        raise PointError(f"{phase} was not allowed yet: the phase plan comes first")
    overtaken = overtaken_by(work.target.state_dir, work.journal.point)
    if overtaken and work.journal.scope != []:
        raise PointError(f"the restore of {work.journal.point} does not go on with {phase}: {overtaken}")
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
    # What is half done, and its ways on, is said of every failure.
    nothing = not work.target.drill_of and not work.journal.half
    return [*said, "nothing that was here has been replaced"] if nothing else said


def _serve_again(work: Restoring) -> list[str]:
    try:
        started = phases.again(work)
    except FAILURES as error:
        return [f"what was stopped could not be started again: {error}"]
    work.journal.drop("stop")
    return [f"started again: {', '.join(started)}"] if started else []


def _prove(work: Restoring) -> dict[str, Any]:
    begun, journal = time.monotonic(), work.journal
    # Anybody may compare; only what a restore has put here can be accepted, or begun anew.
    restored = all(journal.result(phase) is not None for phase in phases.REPLACING)
    restored = restored and not overtaken_by(work.target.state_dir, journal.point)
    if restored:
        databases.serve(work)
    serving = compare.is_serving(work.target, work.concerned)
    found = compare.prove(work.target, work.place, work.manifest, work.progress, serving)
    result: dict[str, Any] = {"differences": found, "compared": compare.compared(work.manifest), "ways": []}
    if found and not (
        restored
        and differences.are_accepted(found, work.accept, journal.differences, journal.digest, journal.accepted, serving)
    ):
        raise _disprove(work, result, restored)
    if found and not journal.accepted:
        journal.accept(differences.digest(found), found, os.environ.get("SUDO_USER") or "root")
        work.progress(
            f"{differences.counted(found)} ({journal.accepted['digest']}) accepted by {journal.accepted['by']}"
        )
    # A restore of which something was accepted is never one that was found the same.
    result["accepted"] = journal.accepted
    if restored:
        journal.note("prove", {"compared": result["compared"], "accepted": journal.accepted}, time.monotonic() - begun)
    return result


def _disprove(work: Restoring, result: dict[str, Any], restored: bool) -> differences.Disproved:
    """What to raise for these differences; the restore knows of them from now on, and of the ways on."""
    found, point = result["differences"], work.manifest["id"]
    if restored:
        work.journal.disproved(found, differences.digest(found))
        result["ways"] = _serve_again(work) if work.only else []
        if not work.target.drill_of:
            result["ways"] += [unfinished.headline(work.journal), *unfinished.ways(work.stack, work.journal)]
    where = [f"  all of them: {work.journal.path}"] if restored and len(found) > differences.SHOWN else []
    said = "\n".join([differences.text(point, found), *where, *result["ways"]])
    return differences.Disproved(said, point, {**result, "digest": differences.digest(found), "accepted": {}})


def _plan(work: Restoring, confirm: Optional[str], dry_run: bool, wanted: str) -> dict[str, Any]:
    journal, state_dir = work.journal, work.target.state_dir
    half = replaced_by(state_dir)
    _fits_what_is_half(work, half)
    resumed = bool(work.accept) or _goes_on(work, half)
    stopped = _stopped(journal, half_done(state_dir))
    try:
        result = phases.plan(work, confirm, resumed, wanted)
    except phases.Unconfirmed as error:
        error.report["stops"] = sorted({*error.report["stops"], *stopped})
        raise
    result["stops"] = sorted({*result["stops"], *stopped})
    running = engine.running_services(work.stack)
    if resumed:
        earlier = journal.result("plan") or {}
        result["replaces"] = earlier.get("replaces", result["replaces"])
        running = earlier.get("running", running)
    else:
        journal.forget()
        journal.before = (half.kept or {**safety.NOTHING, "kind": UNKNOWN}) if half else None
    result["running"] = sorted(running)
    journal.manifest, journal.repository, journal.host = work.manifest, work.place.name, work.settings.host
    if wanted != journal.point:
        journal.wanted = wanted
    if not dry_run:
        journal.note("plan", result)
        if journal.scope != []:
            claim(state_dir, journal.point)
    return result


def _stopped(journal: Journal, half: Optional[Journal]) -> set[str]:
    """Services that stand still for a restore that broke off, so that this one starts them again at its end."""
    earlier = [half] if half else []
    earlier += [journal] if journal.recent(_now()) else []
    return {service for one in earlier for service in (one.result("plan") or {}).get("stops", [])}


def _fits_what_is_half(work: Restoring, half: Optional[Journal]) -> None:
    """Raise PointError where this would leave another restore without an end, or accepts what is not known."""
    journal = work.journal
    if work.accept and work.accept not in (journal.digest, journal.accepted.get("digest")):
        known = differences.text(journal.point, journal.differences) if journal.differences else "none are known here"
        raise PointError(f"{work.accept} is not what the last proof of {journal.point} found on this host: {known}")
    scope = scope_of(work.only)
    if half and scope not in (half.scope, []):
        raise PointError("only the same parts can be restored before another restore has ended")


def _goes_on(work: Restoring, half: Optional[Journal]) -> bool:
    """Whether this restore broke off, and goes on where it stopped.

    :param half: the last restore that has replaced something: after another one nothing of this is in place any more.
    """
    # Services that run have been started since: what they wrote is not half a restore.
    left = [phase for phase in phases.REPLACING if work.journal.result(phase) is None]
    return (
        work.journal.resumable(_now())
        and (half is None or half.point == work.journal.point)
        and work.journal.only == work.only
        and not (left and compare.is_serving(work.target, work.concerned))
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now().astimezone()
