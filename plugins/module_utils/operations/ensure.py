# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""See to it that there is a restore point that was verified."""

from __future__ import annotations

from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import choice, host_state, leftout, ownership
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import list_points
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.operations import jobs
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import NO_REPOSITORY, ResticError
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# What is told of a point that was not made now.
_FOUND: dict[str, Any] = {"created": False, "copies": [], "suspect": [], "left_out": []}


def good(spec: Spec, settings: Settings) -> list[str]:
    """IDs of the good points, oldest first; raises PointError on a host that may not add to them.

    What was kept before a restore, or is suspect, is nothing to fall back on.
    """
    try:
        points = list_points(settings, spec.stack)
    except ResticError as error:
        if error.rc != NO_REPOSITORY:
            raise
        return []
    ownership.refuse(points, ownership.is_known(spec, settings) or settings.adopt_repository, spec.stack)
    return [point["id"] for point in choice.good(points)]


def relied_on(spec: Spec, settings: Settings) -> tuple[Optional[str], bool]:
    """The newest point that was verified on this host and True; else the newest good one, or None, and False."""
    points = good(spec, settings)
    known = [point for point in points if point in host_state.verified(spec.state_dir)]
    return (known[-1], True) if known else (points[-1] if points else None, False)


def present(
    spec: Spec, settings: Settings, reason: Optional[str] = None, progress: Progress = silent
) -> dict[str, Any]:
    """Make, copy and verify what is missing.

    Returns ``{point, created, verified, copies, suspect, left_out}``, all but the first for what was done now.
    """
    point, known = relied_on(spec, settings)
    if known:
        return {"point": point, "verified": False, **_FOUND}
    if point is None:
        return made(spec, settings, reason, progress)
    checked(jobs.verify(spec, settings, progress, point))
    return {"point": point, "verified": True, **_FOUND}


def made(spec: Spec, settings: Settings, reason: Optional[str], progress: Progress) -> dict[str, Any]:
    """Make a point now, copy and verify it; returns what :func:`present` does."""
    done = jobs.backup(spec, settings, reason, progress, pruning=False)
    point = done["point"]["id"]
    checked(jobs.verify(spec, settings, progress, point))
    return {
        "point": point,
        "created": True,
        "verified": True,
        "copies": done["copies"],
        "suspect": done["point"]["suspect"],
        "left_out": leftout.said(done["point"]["left_out"]),
    }


def checked(report: dict[str, Any]) -> dict[str, Any]:
    """The report of a verification; raises PointError when the point is not good."""
    if not report["ok"]:
        raise PointError(f"restore point {report['point']} cannot be relied on: {'; '.join(report['problems'])}")
    return report
