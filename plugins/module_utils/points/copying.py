# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Further repositories that hold the same points: filled after the first, and asked which points they have."""

from __future__ import annotations

import datetime
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.points import publishing, room
from ansible_collections.photosync.vps.plugins.module_utils.points.listing import list_points, points_of, repository
from ansible_collections.photosync.vps.plugins.module_utils.points.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.points.progress import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.points.prune import prune_locked, unwanted_by
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.restic import Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic_answers import ResticError


def copy_all(document: dict[str, Any], settings: Settings, progress: Progress = silent) -> list[dict[str, Any]]:
    """Bring every copy up to date and prune it; one that fails does not keep the others from it.

    Returns ``{name, copied, retention, error}`` of each: IDs of the points that were copied now, what its pruning did,
    and what went wrong, None for nothing. Raises where the first repository itself cannot be read.
    """
    if not settings.copies:
        return []
    with exclusive(document["state_dir"], "copying of points"):
        first = repository(settings, document["stack"], owns_lock=True)
        points = points_of(first.snapshots([f"stack={document['stack']}"]))
        return [_one(document, first, points, copy, progress) for copy in settings.copies]


def _one(
    document: dict[str, Any], first: Restic, points: list[dict[str, Any]], copy: Settings, progress: Progress
) -> dict[str, Any]:
    done: dict[str, Any] = {"name": copy.name, "copied": [], "retention": None, "error": None}
    try:
        _fill(document, first, points, copy, progress, done["copied"])
        done["retention"] = prune_locked(document, copy, progress)
    except (PointError, ResticError) as error:
        done["error"] = str(error)
        progress(f"repository {copy.name}: {error}")
    return done


def _fill(
    document: dict[str, Any],
    first: Restic,
    points: list[dict[str, Any]],
    copy: Settings,
    progress: Progress,
    copied: list[str],
) -> None:
    target = repository(copy, document["stack"], owns_lock=True)
    source = publishing.Source(first, {point["id"] for point in points if point["complete"]})
    there = publishing.open_repository(target, document, copy, source)
    for point in wanted(points, there, copy, datetime.datetime.now().astimezone()):
        room.refuse_full(copy.repository)
        # The manifest goes last and makes it a point, here as in the first.
        parts = [snapshot for snapshot in point["snapshots"] if snapshot != point["manifest"]]
        target.copy(first, parts)
        target.copy(first, [point["manifest"]])
        publishing.remember(document, copy)
        copied.append(point["id"])
        progress(f"restore point {point['id']} is complete in repository {copy.name} too")


def wanted(
    points: list[dict[str, Any]], there: list[dict[str, Any]], copy: Settings, now: datetime.datetime
) -> list[dict[str, Any]]:
    """What to copy, oldest first: complete points that the copy's retention wants, and newer than what it has.

    Older ones were pruned there, perhaps by somebody else, and would come back every night.
    """
    have = [point["id"] for point in there if point["complete"]]
    new = [point for point in points if point["complete"] and point["id"] > max(have, default="")]
    unwanted = unwanted_by(copy, [point for point in there if point["complete"]] + new, now)
    return [point for point in new if point["id"] not in unwanted]


def complaint(copies: list[dict[str, Any]]) -> str:
    """Which copies failed, in words; empty when none did."""
    failed = [f"repository {copy['name']}: {copy['error']}" for copy in copies if copy["error"]]
    return "the restore point is complete, but not everywhere: " + "; ".join(failed) if failed else ""


def whereabouts(settings: Settings, stack: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """All points of all repositories, oldest first, and why repositories could not be asked, by their names.

    ``repositories`` of a point names those where it is complete. What else is said of it comes from the first of these.
    """
    found: dict[str, dict[str, Any]] = {}
    silent_ones: dict[str, str] = {}
    for one in settings.all():
        try:
            points = list_points(one, stack)
        except ResticError as error:
            silent_ones[one.name] = str(error)
            continue
        for point in points:
            known = found.setdefault(point["id"], {**point, "repositories": []})
            if point["complete"]:
                names = [*known["repositories"], one.name]
                found[point["id"]] = {**(known if known["complete"] else point), "repositories": names}
    return [found[point] for point in sorted(found)], silent_ones
