# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A whole restore in one call, for whoever has no controller at hand: every phase in its order, told as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Settings
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.restore import phases
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target

GOES_ON = "a restore that broke off would go on"


def look(
    target: Target,
    settings: Settings,
    point: str,
    only: Sequence[str],
    progress: Progress,
    place: str = "",
    accept: str = "",
) -> dict[str, Any]:
    """What a restore would do, as its plan says, with ``refused``: why it has to be confirmed; empty where it has not.

    A restore that broke off was confirmed once, and goes on by itself. Who only looks has confirmed nothing.
    """
    try:
        done = restore.run(
            "plan", target, settings, point, None, progress, dry_run=True, only=only, place=place, accept=accept
        )
    except phases.Unconfirmed as error:
        return {**error.report, "refused": str(error)}
    found = done["result"]
    return {**found, "refused": GOES_ON if found["resumed"] and found["replaces"] else ""}


def restore_all(
    target: Target,
    settings: Settings,
    point: str,
    confirm: Optional[str],
    only: Sequence[str],
    level: str,
    progress: Progress,
    place: str = "",
    accept: str = "",
) -> dict[str, Any]:
    """Do every phase; returns ``{point, compared, accepted, left_out, safety, fenced, seconds}``, or raises Disproved.

    :param place: the repository to restore from, by name or number; the first without one.
    :param accept: the digest of the differences that are accepted.
    """
    found: dict[str, Any] = {}
    for phase in restore.ORDER:
        progress(f"phase {phase}")
        done = restore.run(
            phase,
            target,
            settings,
            point,
            confirm,
            progress,
            only=only,
            level=level,
            place=place,
            accept=accept,
        )
        point = done["point"]
        found[phase] = done["result"]
    return {
        "point": point,
        "compared": found["prove"]["compared"],
        "accepted": found["prove"]["accepted"],
        "left_out": found["plan"]["left_out"],
        "safety": found["safety"],
        "fenced": found["finish"]["fenced"],
        "seconds": found["finish"]["seconds"],
    }
