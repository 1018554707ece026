# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove the points that retention no longer wants, and what broken-off backups left behind."""

from __future__ import annotations

import datetime
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.points import retention
from ansible_collections.photosync.vps.plugins.module_utils.points.listing import points_of, repository
from ansible_collections.photosync.vps.plugins.module_utils.points.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.points.progress import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError, Settings


def prune(document: dict[str, Any], settings: Settings, progress: Progress = silent) -> dict[str, Any]:
    """Apply the retention policy; returns ``{kept, removed, leftovers}``, IDs of points each."""
    with exclusive(document["state_dir"], "removal of old points"):
        restic = repository(settings, document["stack"], owns_lock=True)
        points = points_of(restic.snapshots([f"stack={document['stack']}"]))
        now = datetime.datetime.now().astimezone()
        chosen = choose(points, settings, now)
        unwanted = [snapshot for point in points if point["id"] in chosen for snapshot in point["snapshots"]]
        if unwanted:
            progress(f"removing {len(chosen)} of {len(points)} points")
            restic.forget(unwanted)
            _ensure_gone(restic.snapshots([f"stack={document['stack']}"]), unwanted)
    return {
        "kept": [point["id"] for point in points if point["id"] not in chosen],
        "removed": [point["id"] for point in points if point["id"] in chosen and point["complete"]],
        "leftovers": [point["id"] for point in points if point["id"] in chosen and not point["complete"]],
    }


def choose(points: list[dict[str, Any]], settings: Settings, now: datetime.datetime) -> set[str]:
    """IDs of the points to remove.

    A point of this host without a manifest is what a broken-off backup left: none can be going on, since the caller
    holds the lock. Another host's may still be growing. One with a manifest that lost a part stays: it may be all that
    is left.
    """
    leftovers = {point["id"] for point in points if not point["manifest"] and point["host"] == settings.host}
    if not any(settings.retention.values()):
        return leftovers
    dated = [
        retention.Dated(point["id"], datetime.datetime.fromisoformat(point["time"]))
        for point in points
        if point["complete"]
    ]
    return leftovers | set(retention.select(dated, settings.retention, now).remove)


def _ensure_gone(snapshots: list[dict[str, Any]], unwanted: list[str]) -> None:
    # An append-only server answers "done" and removes nothing.
    left = {snapshot["id"] for snapshot in snapshots} & set(unwanted)
    if left:
        raise PointError(
            f"{len(left)} snapshots are still there after their removal; where the repository is append-only,"
            " leave backup_retention empty here and prune from another machine"
        )
