# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Further repositories that hold the same points: filled after the first, and asked which points they have."""

from __future__ import annotations

import datetime
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import choice, disk_space, foreign, ownership
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import list_points, points_of, repository
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.backup.prune import prune_locked, unwanted_by
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec


def copy_all(spec: Spec, settings: Settings, progress: Progress = silent) -> list[dict[str, Any]]:
    """Bring every copy up to date and prune it; one that fails does not keep the others from it.

    Returns ``{name, copied, retention, error}`` of each: IDs of the points that were copied now, what its pruning did,
    and what went wrong, None for nothing. Raises where the first repository itself cannot be read.
    """
    if not settings.copies:
        return []
    with exclusive(spec.state_dir, "copying of points"):
        first = repository(settings, spec.stack, owns_lock=True)
        snapshots = first.snapshots([f"stack={spec.stack}"])
        foreign.tell(snapshots, progress)
        points = points_of(snapshots)
        return [_one(spec, first, points, copy, progress) for copy in settings.copies]


def _one(spec: Spec, first: Restic, points: list[dict[str, Any]], copy: Settings, progress: Progress) -> dict[str, Any]:
    done: dict[str, Any] = {"name": copy.name, "copied": [], "retention": None, "error": None}
    try:
        done["error"] = "; ".join(_fill(spec, first, points, copy, progress, done["copied"])) or None
        done["retention"] = prune_locked(spec, copy, progress)
    except (PointError, ResticError) as error:
        done["error"] = str(error)
    if done["error"]:
        progress(f"repository {copy.name}: {done['error']}")
    return done


def _fill(
    spec: Spec,
    first: Restic,
    points: list[dict[str, Any]],
    copy: Settings,
    progress: Progress,
    copied: list[str],
) -> list[str]:
    """Copy what is lacking; returns what is lacking still. One point that cannot be read keeps no other from it."""
    wrong: dict[str, str] = {}
    target = repository(copy, spec.stack, owns_lock=True)
    source = ownership.Source(first, {point["id"] for point in points if point["complete"]})
    there = ownership.open_repository(target, spec, copy, source, progress)
    now = datetime.datetime.now().astimezone()
    # The newest good one before all that is older: it may be the only one for which there is time.
    for point in sorted(wanted(points, there, copy, now), key=lambda point: point != _newest(points, now)):
        disk_space.refuse_full(copy.repository)
        # The manifest goes last and makes it a point, here as in the first.
        parts = [snapshot for snapshot in point["snapshots"] if snapshot != point["manifest"]]
        try:
            target.copy(first, parts)
            target.copy(first, [point["manifest"]])
        except ResticError as error:
            wrong[point["id"]] = str(error)
            # A repository that is not there any more would fail for each of them, and be long about it.
            target.snapshots([f"stack={spec.stack}"])
            continue
        ownership.remember(spec, copy)
        copied.append(point["id"])
        progress(f"restore point {point['id']} is complete in repository {copy.name} too")
    if copied or wrong:
        there = points_of(target.snapshots([f"stack={spec.stack}"]))
    present = {point["id"]: point for point in there}
    for point in wanted(points, there, copy, now):
        missing = ", ".join(present[point["id"]]["missing"] if point["id"] in present else ["all of it"])
        why = f": {wrong[point['id']]}" if point["id"] in wrong else ""
        wrong[point["id"]] = f"restore point {point['id']} is not complete there, missing {missing}{why}"
    return list(wrong.values())


def wanted(
    points: list[dict[str, Any]], there: list[dict[str, Any]], copy: Settings, now: datetime.datetime
) -> list[dict[str, Any]]:
    """What to copy, oldest first: what is complete in the first and not there, and what the copy's retention wants.

    Retention is asked about all that either of them has, so that it wants tomorrow what it wants today, and nothing
    comes back every night. What an append-only copy lacks below its newest point was removed elsewhere, by rules that
    are not known here.
    """
    complete = {point["id"]: point for point in there if point["complete"]}
    # Of what is there, as it is there: that is what pruning will see.
    every = {**{point["id"]: point for point in points if point["complete"]}, **complete}
    unwanted = unwanted_by(copy, list(every.values()), now)
    lacking = [point for point in points if point["complete"] and point["id"] not in {*complete, *unwanted}]
    if not copy.append_only:
        return lacking
    begun, newest = {point["id"] for point in there}, _newest(there, now)
    return [
        point
        for point in lacking
        if newest is None or point["id"] in begun or choice.time_of(point) > choice.time_of(newest)
    ]


def _newest(points: list[dict[str, Any]], now: datetime.datetime) -> Optional[dict[str, Any]]:
    """The newest good point by a clock that was right; one from the future where there is no other."""
    good = sorted(choice.good(points), key=choice.time_of)
    return next((point for point in reversed(good) if choice.time_of(point) <= now), good[-1] if good else None)


def complaint(copies: list[dict[str, Any]]) -> str:
    """Which copies failed, in words; empty when none did."""
    failed = [f"repository {copy['name']}: {copy['error']}" for copy in copies if copy["error"]]
    return "the restore point is complete, but not everywhere: " + "; ".join(failed) if failed else ""


def whereabouts(
    settings: Settings, stack: str, progress: Progress = silent
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """All points of all repositories, oldest first, and why repositories could not be asked, by their names.

    ``repositories`` of a point names those where it is complete. What else is said of it comes from the first of these.
    """
    found: dict[str, dict[str, Any]] = {}
    silent_ones: dict[str, str] = {}
    for one in settings.all():
        try:
            points = list_points(one, stack, progress=progress)
        except ResticError as error:
            silent_ones[one.name] = str(error)
            continue
        for point in points:
            known = found.setdefault(point["id"], {**point, "repositories": []})
            if point["complete"]:
                names = [*known["repositories"], one.name]
                found[point["id"]] = {**(known if known["complete"] else point), "repositories": names}
    return [found[point] for point in sorted(found)], silent_ones
