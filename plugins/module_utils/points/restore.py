# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put a point back, phase by phase. Each can be run again; a finished one is not repeated.

The order is fixed: plan, verify, stop, files, databases, prove; then whoever called starts the stack; then finish. A
service must never run on a database that is still empty, and the databases from before are dropped only at the end.
"""

from __future__ import annotations

import datetime
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.points import phases, prove
from ansible_collections.photosync.vps.plugins.module_utils.points.journal import Journal
from ansible_collections.photosync.vps.plugins.module_utils.points.listing import LATEST, load_manifest, repository
from ansible_collections.photosync.vps.plugins.module_utils.points.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.points.progress import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.restic import ensure_installed


def run(
    phase: str,
    document: dict[str, Any],
    settings: Settings,
    point: str = LATEST,
    confirm: Optional[str] = None,
    progress: Progress = silent,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Do one phase and return ``{point, phase, changed, result}``.

    A phase that this restore has finished before is not repeated: its earlier result is handed back, not ``changed``.
    ``plan`` and ``prove`` look anew each time. What replaces data is refused until ``plan`` has allowed it.
    """
    with exclusive(document["state_dir"], "restore"):
        restic = repository(settings, document["stack"], owns_lock=True)
        ensure_installed()
        manifest, trees = _planned(phase, document, point) or load_manifest(restic, document["stack"], point)
        work = phases.Restoring(document, settings, restic, manifest, trees, progress)
        journal = Journal(document["state_dir"], manifest["id"])
        changed, result = _phase(phase, work, journal, confirm, dry_run)
    return {"point": manifest["id"], "phase": phase, "changed": changed, "result": result}


def _planned(phase: str, document: dict[str, Any], point: str) -> Optional[tuple[dict[str, Any], dict[str, str]]]:
    """The manifest that the plan read from the repository, for phases that need not look there for it again."""
    if phase in ("plan", "verify"):
        return None
    manifest = Journal(document["state_dir"], point).manifest
    return None if manifest is None else (manifest, {})


def _phase(
    phase: str, work: phases.Restoring, journal: Journal, confirm: Optional[str], dry_run: bool
) -> tuple[bool, dict[str, Any]]:
    if phase == "plan":
        return False, _plan(work, journal, confirm, dry_run)
    if phase == "prove":
        differences = prove.prove(work.document, work.settings, work.manifest, work.progress)
        return False, {"differences": differences, "compared": prove.compared(work.manifest)}
    done = journal.result(phase)
    if done is not None or dry_run:
        return done is None and phase not in phases.LOOKING, done or {}
    if work.document.get("bare"):
        raise PointError(f"{phase} needs a release on this host: run the deploy or restore playbook")
    if not journal.allowed:
        raise PointError(f"{phase} was not allowed yet: the phase plan comes first")
    result = phases.PHASES[phase](work)
    journal.note(phase, result)
    if phase == "finish":
        journal.close()
    return phase not in phases.LOOKING, result


def _plan(work: phases.Restoring, journal: Journal, confirm: Optional[str], dry_run: bool) -> dict[str, Any]:
    left = [phase for phase in phases.REPLACING if journal.result(phase) is None]
    # Services that run have been started since: what they wrote is not half a restore.
    resumed = journal.resumable(datetime.datetime.now().astimezone()) and not (left and prove.is_serving(work.document))
    result = phases.plan(work, confirm, resumed)
    if not resumed:
        journal.forget()
    journal.manifest = work.manifest
    if not dry_run:
        journal.note("plan", result)
    return result
