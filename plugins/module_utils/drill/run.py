# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A drill: a restore point is restored beside the stack that serves, proved, measured, and taken away again.

It runs the phases of a real restore, with a description of the stack that has other names in it.
"""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.choice import LATEST
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Mistaken, PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.common import lock
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.drill import isolated, remains, result, room, shelter, stage
from ansible_collections.photosync.vps.plugins.module_utils.drill.place import Place, place_of
from ansible_collections.photosync.vps.plugins.module_utils.restore import durations
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore

# Nothing is here to be kept or stopped, and nothing is finished: the drill goes, with all that was set aside in it.
PHASES = [phase for phase in restore.ORDER if phase not in ("safety", "stop", "finish")]
# What a killed drill has started holds its lock until it ends.
WAIT_SECONDS = 60.0


@dataclass
class _Course:
    """How far a drill has come."""

    phase: str = "prepare"
    point: str = ""
    compared: Optional[dict[str, int]] = None
    seconds: dict[str, float] = field(default_factory=dict)


def run(
    spec: Spec,
    settings: Settings,
    point: str = LATEST,
    progress: Progress = silent,
    repository: str = "",
) -> dict[str, Any]:
    """Drill one point and return its outcome as ``result.py`` describes it; raises PointError when it is not proved.

    The outcome is kept either way, and nothing of the drill stays.

    :param repository: where the point comes from, by name or number; the first repository without.
    """
    source = replace(settings.at(repository), copies=[], read_only=True)
    place = place_of(spec)
    remains.refuse_namesake(place)
    try:
        with lock.exclusive(place.lock, "a drill", wait=WAIT_SECONDS, with_children=True):
            remains.destroy(place)
            return _measured(spec, source, place, point, progress)
    except lock.Busy as error:
        raise PointError(str(error)) from error


def _measured(spec: Spec, source: Settings, place: Place, point: str, progress: Progress) -> dict[str, Any]:
    """Do it, take it away, and keep what came of it."""
    started = _now()
    course = _Course()
    failure: Optional[BaseException] = None
    with shelter.ended_by_signals(), shelter.private_environment():
        try:
            _drill(spec, source, place, point, progress, course)
        except BaseException as error:  # Whatever it was: what it left has to go, and what it was has to be known.
            failure = error
        course.seconds = Restore(place.folder, course.point).durations() if course.point else {}
        with shelter.undisturbed():
            try:
                progress("phase destroy")
                remains.destroy(place)
            except (PointError, OSError) as error:
                progress(str(error))
                failure = failure or error
            outcome = {
                "ok": failure is None,
                "point": course.point,
                "point_time": result.time_of(course.point),
                "repository": source.name,
                "started": started,
                "finished": _now(),
                "seconds": round(sum(course.seconds.values()), 1),
                "phases": course.seconds,
                "compared": course.compared,
                "failed": "" if failure is None else course.phase,
                "error": "" if failure is None else str(failure) or type(failure).__name__,
            }
            # A mistyped ID says nothing of any point.
            if not isinstance(failure, Mistaken):
                result.write(place.state_dir, outcome)
    if failure is not None:
        raise failure
    return outcome


def _drill(spec: Spec, source: Settings, place: Place, point: str, progress: Progress, course: _Course) -> None:
    os.makedirs(place.folder, mode=0o700)
    progress("phase prepare")
    limit, config = room.grant(place), stage.config_of(spec)
    drilled = isolated.target_of(spec, config, place, limit)
    stage.lay(spec, config, drilled, place)
    room.give_way()
    for phase in PHASES:
        course.phase = phase
        progress(f"phase {phase}")
        done = restore.run([phase], drilled, source, Asked(course.point or point), progress)
        course.point = done.point
        if phase == "prove":
            course.compared = done.results[phase]["compared"]
    course.phase = "destroy"
    journal = Restore(place.folder, course.point)
    if journal.manifest:
        durations.remember(spec, journal.manifest, journal.durations(), "drill")


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
