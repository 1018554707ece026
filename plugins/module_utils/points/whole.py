# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A whole restore in one call, for whoever has no controller at hand: every phase in its order, told as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.points import cold, guard, phases, restore, safety
from ansible_collections.photosync.vps.plugins.module_utils.points.journal import others
from ansible_collections.photosync.vps.plugins.module_utils.points.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.points.progress import Progress
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError, Settings


def look(
    document: dict[str, Any], settings: Settings, point: str, only: Sequence[str], progress: Progress, place: str = ""
) -> dict[str, Any]:
    """What a restore would do, as its plan says, with ``point`` and ``refused``, empty where it asks nothing."""
    try:
        done = restore.run("plan", document, settings, point, None, progress, dry_run=True, only=only, place=place)
    except phases.Unconfirmed as error:
        return {**error.report, "refused": str(error)}
    return {**done["result"], "refused": ""}


def restore_all(
    document: dict[str, Any],
    settings: Settings,
    point: str,
    confirm: Optional[str],
    only: Sequence[str],
    level: str,
    progress: Progress,
    place: str = "",
) -> dict[str, Any]:
    """Do every phase; returns ``{point, compared, left_out, safety, fenced, seconds}``, PointError when not proved.

    :param place: the repository to restore from, by name or number; the first without one.
    """
    found: dict[str, Any] = {}
    for phase in restore.ORDER:
        progress(f"phase {phase}")
        done = restore.run(phase, document, settings, point, confirm, progress, only=only, level=level, place=place)
        point = done["point"]
        found[phase] = done["result"]
        if phase == "prove" and done["result"]["differences"]:
            raise PointError("\n".join(unproved(done)))
    return {
        "point": point,
        "compared": found["prove"]["compared"],
        "left_out": found["plan"]["left_out"],
        "safety": found["safety"],
        "fenced": found["finish"]["fenced"],
        "seconds": found["finish"]["seconds"],
    }


def unproved(done: dict[str, Any]) -> list[str]:
    """What to say of a proof that found differences, line by line."""
    differences = done["result"]["differences"]
    said = [f"what is here is not what {done['point']} holds, {len(differences)} differences:"]
    return [*said, *(f"  {found['message']}" for found in differences[:50]), *done["result"]["way_back"]]


def undo(
    document: dict[str, Any], settings: Settings, name: str, confirm: Optional[str], progress: Progress
) -> dict[str, Any]:
    """Bring back a cold copy: the volumes as they were before a restore, then everything started and healthy."""
    from ansible_collections.photosync.vps.plugins.module_utils import converge
    from ansible_collections.photosync.vps.plugins.module_utils.release import gate

    refused = guard.refusal(
        [f"volume {volume}" for volume in cold.contents(document, name)], document, settings.host, confirm
    )
    if refused:
        raise PointError(refused)
    with exclusive(document["state_dir"], "restore", wait=restore.WAIT_SECONDS, with_children=True):
        volumes = cold.put_back(document, name, progress)
        for journal in others(document["state_dir"], ""):
            journal.close()
    converge.up(document, on_progress=progress, jobs_again=True)
    gate.wait(document, phases.HEALTH_SECONDS, progress)
    return {"point": name, "volumes": volumes, "safety": safety.NOTHING}
