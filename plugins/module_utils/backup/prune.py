# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Remove the points that retention no longer wants, and what broken-off backups left behind."""

from __future__ import annotations

import datetime
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import choice, foreign, retention
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import points_of, repository
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.common import lock
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.stack import paths
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import needed

# Removed points that a line names.
NAMED = 10
# Before every point.
NEVER = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)


def prune(
    spec: Spec,
    settings: Settings,
    progress: Progress = silent,
    name: str = "",
    snapshots: Optional[list[dict[str, Any]]] = None,
) -> dict[str, Any]:
    """Apply the retention policy of the repository ``name`` (the first without).

    :param snapshots: those of the stack, of a moment ago: where none of these has to go, nothing is asked or done.

    Returns ``{kept, removed, leftovers, append_only}``, IDs of points each, and whether the repository lets nothing be
    removed from here: it was said to, or did not.
    """
    with exclusive(spec.state_dir, "removal of old points"):
        return prune_locked(spec, settings.at(name), progress, snapshots)


def prune_locked(
    spec: Spec,
    settings: Settings,
    progress: Progress,
    snapshots: Optional[list[dict[str, Any]]] = None,
) -> dict[str, Any]:
    """Do it, for a caller who holds the stack's lock."""
    restic, now = repository(settings, spec.stack, owns_lock=True), datetime.datetime.now().astimezone()
    points = points_of(snapshots or [])
    # Not before a restore that needs them has ended, however long ago it broke off.
    half = needed(spec.state_dir)
    chosen = choose(points, settings, now) - half
    if chosen or not snapshots:
        # Somebody else may have removed the same meanwhile.
        snapshots = restic.snapshots([f"stack={spec.stack}"])
        foreign.tell(snapshots, progress)
        points = points_of(snapshots)
        chosen = choose(points, settings, now) - half
    append_only = settings.append_only
    if chosen and lock.is_held(paths.drill_lock(spec.state_dir)):
        progress("a drill is reading restore points: what retention no longer wants goes the next time")
        chosen = set()
    if chosen and not append_only:
        unwanted = [snapshot for point in points if point["id"] in chosen for snapshot in point["snapshots"]]
        more = f" and {len(chosen) - NAMED} more" if len(chosen) > NAMED else ""
        progress(f"removing {len(chosen)} of {len(points)} points: {', '.join(sorted(chosen)[:NAMED])}{more}")
        restic.forget(unwanted)
        append_only = removed_nothing(restic.snapshots([f"stack={spec.stack}"]), unwanted)
        if not append_only:
            restic.prune()
    if append_only:
        progress(f"repository {settings.name} is append-only: pruning has to run elsewhere")
        chosen = set()
    return {
        "kept": [point["id"] for point in points if point["id"] not in chosen],
        "removed": [point["id"] for point in points if point["id"] in chosen and point["complete"]],
        "leftovers": [point["id"] for point in points if point["id"] in chosen and not point["complete"]],
        "append_only": append_only,
    }


def choose(points: list[dict[str, Any]], settings: Settings, now: datetime.datetime) -> set[str]:
    """IDs of the points to remove.

    A point without a manifest is what a broken-off backup left. On this host none can be going on, since the caller
    holds the lock; another host's may still be growing, unless that host has completed a later one, by a clock that was
    right. A point with a manifest that lost a part stays, since it may be all that is left; and so does one of which
    a snapshot is not understood.
    """
    newest: dict[str, datetime.datetime] = {}
    for point in points:
        begun = choice.time_of(point)
        if point["complete"] and begun <= now:
            newest[point["host"]] = max(begun, newest.get(point["host"], begun))
    leftovers = {
        point["id"]
        for point in points
        if not point["manifest"] and not point.get("odd")
        if point["host"] == settings.host or choice.time_of(point) < newest.get(point["host"], NEVER)
    }
    return leftovers | unwanted_by(settings, points, now)


def unwanted_by(settings: Settings, points: list[dict[str, Any]], now: datetime.datetime) -> set[str]:
    """IDs of the complete points that the retention policy does not want; a policy of nothing wants everything."""
    if not any(settings.retention.values()):
        return set()
    dated = [
        retention.Dated(
            point["id"], choice.time_of(point), point.get("before_restore") or "", bool(point.get("suspect"))
        )
        for point in points
        if point["complete"]
    ]
    return set(retention.select(dated, settings.retention, now).remove)


def removed_nothing(snapshots: list[dict[str, Any]], unwanted: list[str]) -> bool:
    """Whether all that was to be removed is still there: an append-only server answers "done" and removes nothing."""
    left = {snapshot["id"] for snapshot in snapshots} & set(unwanted)
    if left and len(left) < len(unwanted):
        raise PointError(f"{len(left)} of {len(unwanted)} snapshots are still there after their removal")
    return bool(left)
