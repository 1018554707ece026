# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan of a restore: what would be done, whether it may be, and whether one that broke off goes on."""

from __future__ import annotations

from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import disk_space
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.restore import (
    compare,
    differences,
    phases,
    preconditions,
    preview,
    safety,
)
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Restoring, now
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import (
    UNKNOWN,
    Restore,
    claim,
    half_done,
    overtaken_by,
    replaced_by,
    scope_of,
)
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import STOPPED

# Where the addresses of repositories stand.
ADDRESSES = "backup_repository or backup_copies"


class Unconfirmed(PointError):
    """Data would be replaced and nobody said that it may be; ``report`` is what would have been done."""

    def __init__(self, message: str, point: str, report: dict[str, Any]):
        super().__init__(message)
        self.point = point
        self.report = report


def plan(work: Restoring) -> dict[str, Any]:
    """The phase: weigh it, and note that it is allowed; from then on no other restore goes on here."""
    journal, state_dir = work.journal, work.target.state_dir
    half = replaced_by(state_dir)
    _fits_what_is_half(work, half)
    resumed = bool(work.asked.accept) or _goes_on(work, half)
    # What is only laid aside to be looked at neither stops anything nor starts it.
    stopped = _stopped(journal, half_done(state_dir)) if scope_of(work.only) != [] else set()
    try:
        result = weigh(work, resumed)
    except Unconfirmed as error:
        error.report["stops"] = sorted({*error.report["stops"], *stopped})
        raise
    result["stops"] = sorted({*result["stops"], *stopped})
    running = engine.running_services(work.stack)
    if resumed:
        earlier = journal.result("plan") or {}
        result["replaces"] = earlier.get("replaces", result["replaces"])
        running = earlier.get("running", running)
    result["running"] = sorted(running)
    if not work.asked.dry_run:
        _note(work, result, resumed, half)
        if journal.scope != []:
            claim(state_dir, journal.point)
    return result


def _note(work: Restoring, result: dict[str, Any], resumed: bool, half: Optional[Restore]) -> None:
    journal = work.journal
    facts: dict[str, Any] = {"manifest": work.manifest, "repository": work.place.name, "host": work.settings.host}
    facts["wanted"] = work.asked.point if work.asked.point != journal.point else journal.wanted
    if not resumed:
        # That what was here is gone, and how it is kept, stays true whatever is begun anew.
        before = (half.kept or {**safety.NOTHING, "kind": UNKNOWN}) if half else None
        journal.begin(**facts, replaced=journal.replaced, before=before, digest=journal.digest)
    elif journal.result("start") is not None and overtaken_by(work.target.state_dir, journal.point):
        # Another one that was begun since has stopped what was started.
        journal.undo("start", serves=STOPPED)
    journal.note("plan", result, facts=facts if resumed else {})


def weigh(work: Restoring, resumed: bool) -> dict[str, Any]:
    """Say what would be done; raise PointError where it may not or cannot be done. Changes nothing.

    :param resumed: this restore was allowed before and broke off, so what lies here now is half of it.
    """
    for reason in work.manifest.get("suspect") or []:
        work.progress(f"restore point {work.manifest['id']} is SUSPECT: {reason}")
    found = preconditions.data_found(work.target, work.manifest)
    complaints = preconditions.misfits(work.manifest, work.target)
    complaints += preconditions.unfit(work.manifest, work.target)
    # What goes on once all is in its place needs no room for it any more.
    filled = resumed and all(work.journal.result(phase) is not None for phase in phases.REPLACING)
    complaints += [] if filled else preconditions.room(work.manifest, work.target)
    inside = disk_space.in_volumes(work.target, work.settings)
    complaints += [f"{said}, which a restore would exchange: move it, and say so in {ADDRESSES}" for said in inside]
    # Who accepts what is here wants no room for more.
    if complaints and not work.asked.accept:
        raise PointError(f"cannot restore {work.manifest['id']}: {'; '.join(complaints)}")
    report = {
        "time": work.manifest["time"],
        "from_host": work.manifest["host"],
        "repository": work.place.name,
        "resumed": resumed,
        "replaces": found,
        "only": work.only,
        **preview.report(work.target, work.manifest, work.asked.point),
    }
    refused = None if resumed else preconditions.refusal(found, work.target, work.settings.host, work.asked.confirm)
    if refused:
        raise Unconfirmed(f"cannot restore {work.manifest['id']}: {refused}", work.manifest["id"], report)
    return report


def _stopped(journal: Restore, half: Optional[Restore]) -> set[str]:
    """Services that stand still for a restore that broke off, so that this one starts them again at its end."""
    earlier = [half] if half else []
    earlier += [journal] if journal.recent(now()) else []
    return {service for one in earlier for service in (one.result("plan") or {}).get("stops", [])}


def _fits_what_is_half(work: Restoring, half: Optional[Restore]) -> None:
    """Raise PointError where this would leave another restore without an end, or accepts what is not known."""
    journal, accept = work.journal, work.asked.accept
    if accept and accept not in (journal.digest, journal.accepted.get("digest")):
        known = differences.text(journal.point, journal.differences) if journal.differences else "none are known here"
        raise PointError(f"{accept} is not what the last proof of {journal.point} found on this host: {known}")
    scope = scope_of(work.only)
    if half and scope not in (half.scope, []):
        raise PointError("only the same parts can be restored before another restore has ended")
    if scope == [] and journal.half:
        # Both would be noted in one journal, and the end of this one would be taken for the end of that.
        raise PointError(f"the configuration of {journal.point} can be laid aside once the restore of it has ended")


def _goes_on(work: Restoring, half: Optional[Restore]) -> bool:
    """Whether this restore broke off, and goes on where it stopped.

    :param half: the last restore that has replaced something: after another one nothing of this is in place any more.
    """
    # Services that run have been started since: what they wrote is not half a restore.
    left = [phase for phase in phases.REPLACING if work.journal.result(phase) is None]
    return (
        work.journal.resumable(now())
        and (half is None or half.point == work.journal.point)
        and work.journal.only == work.only
        and not (left and compare.is_serving(work.target, work.concerned))
    )
