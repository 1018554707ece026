# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may add points to a repository.

A host that was set up anew and backs up before it was restored would make an empty stack its latest point. So a host
adds points only to a repository that it has added to before, that it was restored from, that holds none of this stack,
or that it was told to.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import fence, foreign, host_state
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import FIRST, PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import points_of, repository
from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import NO_REPOSITORY, ResticError
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished


@dataclass(frozen=True)
class Source:
    """Where copies come from: the repository, and the IDs of its complete points."""

    restic: Restic
    points: set[str]


def open_repository(
    restic: Restic,
    spec: Spec,
    settings: Settings,
    source: Optional[Source] = None,
    progress: Progress = silent,
) -> list[dict[str, Any]]:
    """Return the points that are there, making the repository where there never was one, or raise PointError.

    :param source: the first repository, where this one holds copies of it. Having a point in common shows that they
        belong together, as after a restore on a new host.
    """
    known = is_known(spec, settings)
    try:
        snapshots = restic.snapshots([f"stack={spec.stack}"])
    except ResticError as error:
        if error.rc != NO_REPOSITORY:
            raise
        if known:
            raise PointError(
                f"this host has made points in {settings.repository} before, but there is no repository now;"
                " is its disk mounted? A new one would hide the loss"
            ) from error
        restic.initialise(source.restic if source else None)
        return []
    foreign.tell(snapshots, progress)
    fence.refuse(snapshots, spec)
    points = points_of(snapshots)
    common = {point["id"] for point in points} & (source.points if source else set())
    refuse(points, known or settings.adopt_repository or bool(common), spec.stack)
    return points


def refuse_half(spec: Spec) -> None:
    """Raise PointError while what lies here is half of a restore: a point of it would be the latest."""
    try:
        unfinished.refuse(spec.stack, spec.state_dir, "a point of half a restore would become the latest")
    except unfinished.HalfRestored as error:
        raise PointError(str(error)) from error


def refuse(points: list[dict[str, Any]], allowed: bool, stack: str) -> None:
    """Raise PointError where a newly set up host would publish over another's points."""
    complete = [point for point in points if point["complete"]]
    if complete and not allowed:
        newest = complete[-1]
        raise PointError(
            f"the repository already holds {len(complete)} points of {stack}, the latest {newest['id']} from"
            f" {newest['host']}, and this installation has not been restored from it: a point made now would become"
            " the latest. Run the restore playbook first, or set backup_adopt_repository: true to go on without"
        )


def own(
    restic: Restic, spec: Spec, settings: Settings, place: Settings, progress: Progress
) -> Optional[dict[str, str]]:
    """Let this host alone add points after a restore from ``place``; returns who did before, None for this host itself.

    :param settings: the first repository, which points are made in; it is told too, where it can be reached.
    """
    before = None
    try:
        before = fence.take_over(restic, spec, settings)
    except ResticError as error:
        # What was restored is proved and serves; a repository that is full or write-protected takes nothing from that.
        progress(f"the host before is not kept from making points: {error}\ntry `{spec.stack} take-over` later")
    remember(spec, place)
    if place.name != FIRST:
        try:
            fence.take_over(repository(settings, spec.stack, owns_lock=True), spec, settings)
            remember(spec, settings)
        except ResticError as error:
            progress(
                f"repository {FIRST} does not know yet that this host makes the restore points now ({error}); once it"
                f" is there, `{spec.stack} take-over` tells it"
            )
    return before


def remember(spec: Spec, settings: Settings) -> None:
    """Note that this host may add points to this repository."""
    known = host_state.publishes_to(spec.state_dir)
    if settings.repository not in known:
        os.makedirs(spec.state_dir, mode=0o700, exist_ok=True)
        write_atomically(
            host_state.publishes_path(spec.state_dir), json.dumps(sorted([*known, settings.repository])) + "\n"
        )


def is_known(spec: Spec, settings: Settings) -> bool:
    """Whether this host has added to this repository before, or was restored from it."""
    return settings.repository in host_state.publishes_to(spec.state_dir)
