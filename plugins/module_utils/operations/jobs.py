# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Backups, verifications, checks and drills as cron, people and playbooks ask for them: done, and reported on."""

from __future__ import annotations

import hashlib
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import anomaly, copying
from ansible_collections.photosync.vps.plugins.module_utils.backup import check as checking
from ansible_collections.photosync.vps.plugins.module_utils.backup import verify as verification
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.create import create
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import LATEST
from ansible_collections.photosync.vps.plugins.module_utils.backup.prune import prune
from ansible_collections.photosync.vps.plugins.module_utils.breakglass import carried
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.drill import remains
from ansible_collections.photosync.vps.plugins.module_utils.drill import run as drilling
from ansible_collections.photosync.vps.plugins.module_utils.notify import results
from ansible_collections.photosync.vps.plugins.module_utils.operations.report import reported
from ansible_collections.photosync.vps.plugins.module_utils.restore import durations
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec


def backup(
    spec: Spec, settings: Settings, reason: Optional[str], progress: Progress, pruning: bool = True
) -> dict[str, Any]:
    """Make a point, copy it, then remove those that retention no longer wants.

    Returns ``{point, copies, retention, failure}``: the manifest, what became of the copies, what was removed, and what
    is wrong although the point is complete, in words; empty where nothing is.
    """
    with reported(results.BACKUP, spec, settings, progress) as report:
        remains.clear(spec, progress)
        carried.lay(spec, settings)
        made, snapshots = create(spec, settings, reason, progress)
        weight = durations.weight(made)
        file_bytes = sum(part["bytes"] for part in made["volumes"])
        report.facts = {"point": made["id"], "bytes": weight, "file_bytes": file_bytes, "suspect": made["suspect"]}
        copies = copying.copy_all(spec, settings, progress)
        report.copies = {copy["name"]: copy["error"] or "" for copy in copies}
        retention = prune(spec, settings, progress, snapshots=snapshots) if pruning else None
        wrong = [copying.complaint(copies)]
        wrong += [anomaly.complaint(made["id"], made["suspect"])] if made["suspect"] else []
        report.failure = "\n".join(line for line in wrong if line)
        report.summary = f"restore point {made['id']}, {size(weight)}"
    return {"point": made, "copies": copies, "retention": retention, "failure": report.failure}


def verify(spec: Spec, settings: Settings, progress: Progress, point: str = LATEST, name: str = "") -> dict[str, Any]:
    """Verify a point; returns what :func:`verify.verify` does."""
    with reported(results.VERIFY, spec, settings, progress) as report:
        found = verification.verify(spec, settings, point, progress, name)
        report.facts = {"point": found["point"], "repository": settings.at(name).name}
        report.failure = "; ".join(found["problems"])
        report.summary = f"restore point {found['point']} is good"
    return found


def check(spec: Spec, settings: Settings, progress: Progress, name: str = "") -> dict[str, Any]:
    """Read the next part of the repositories; returns what :func:`check.check` does."""
    with reported(results.CHECK, spec, settings, progress) as report:
        found = checking.check(spec, settings, progress, name)
        report.checks = found
        wrong = [f"repository {one}: {facts['error']}" for one, facts in found.items() if facts["error"]]
        report.failure = "; ".join(wrong)
        report.summary = ", ".join(f"{one}: part {facts['part']} of {facts['parts']}" for one, facts in found.items())
    return found


def drill(spec: Spec, settings: Settings, progress: Progress, point: str = LATEST, name: str = "") -> dict[str, Any]:
    """Drill a point; returns its outcome."""
    with reported(results.DRILL, spec, settings, progress) as report:
        outcome = drilling.run(spec, settings, point, progress, name)
        report.facts = {"point": outcome["point"], "repository": outcome["repository"]}
        report.summary = f"restore point {outcome['point']} was restored and proved in {outcome['seconds']:.0f} s"
    return outcome


def offset(stack: str, host: str, minutes: int) -> float:
    """Seconds that this host waits, always the same ones, so that a fleet is spread over so many minutes."""
    digest = hashlib.sha256(f"{stack}@{host}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 * minutes * 60
