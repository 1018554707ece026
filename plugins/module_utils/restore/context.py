# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One restore while it goes on: what somebody asks for, and all that a phase works with."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.choice import LATEST
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import load_manifest, repository
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic, ensure_installed
from ansible_collections.photosync.vps.plugins.module_utils.restore import safety, selection
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import NO_DEADLINE, Deadline
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore, broken_off, others

# The phases that find out which point is meant; all others go by what these have found.
CHOOSING = ("plan", "verify")


@dataclass(frozen=True)
class Asked:
    """What a restore is asked for.

    :param confirm: what allows it to replace data.
    :param only: the parts to restore; everything when empty.
    :param level: how to keep what is here first: "auto", "cold" or "none".
    :param place: the repository to restore from, by name or number. Without one the plan takes the first, and all other
        phases take that of the plan.
    :param accept: the digest of the differences that a person accepts; the restore then goes on with ``prove``.
    :param dry_run: look and change nothing.
    """

    point: str = LATEST
    confirm: Optional[str] = None
    only: Sequence[str] = ()
    level: str = safety.AUTO
    place: str = ""
    accept: str = ""
    dry_run: bool = False
    deadline: Deadline = NO_DEADLINE


@dataclass
class Restoring:
    """All that a phase needs to know; the manifest is that of the parts that are restored, as ``place`` has them."""

    target: Target
    settings: Settings
    asked: Asked
    restic: Restic
    manifest: dict[str, Any]
    trees: dict[str, str]
    progress: Progress
    journal: Restore
    place: Settings

    @property
    def stack(self) -> str:
        return self.target.stack

    @property
    def only(self) -> list[str]:
        return list(self.manifest["only"])

    @property
    def concerned(self) -> set[str]:
        """Services that have to stand still."""
        return selection.concerned(self.target, self.manifest)


def opened(phase: str, target: Target, settings: Settings, asked: Asked, progress: Progress) -> Restoring:
    """What ``phase`` works with: the manifest that the plan has read, or that of the repository."""
    state, wanted, point = target.state_dir, selection.words(asked.only), asked.point
    ensure_installed()
    if phase in CHOOSING:
        point = _meant(state, asked, wanted)
        if point != asked.point:
            progress(f"{asked.point} goes on meaning {point}, the restore of which has not ended well yet")
    journal = Restore(state, point)
    planned = "" if phase in CHOOSING and not asked.accept else journal.repository
    where = settings.at(asked.place or planned)
    restic = repository(where, target.points_of, owns_lock=True)
    trees: dict[str, str] = {}
    if planned == where.name and journal.manifest is not None and (not wanted or journal.only == wanted):
        manifest = {"only": [], **journal.manifest}
    else:
        loaded, trees = load_manifest(restic, target.points_of, point, progress)
        manifest = selection.narrow(loaded, target, wanted)
        journal = Restore(state, manifest["id"])
    # A repository that takes no lock was found out by then; a dump that is piped into a database cannot try again.
    restic.read_only = restic.read_only or bool((journal.result("verify") or {}).get("unlocked"))
    return Restoring(target, settings, asked, restic, manifest, trees, progress, journal, where)


def _meant(state_dir: str, asked: Asked, only: list[str]) -> str:
    """The point that is meant: that of a restore that was asked for in the same words and has not ended."""
    for found in others(state_dir, "") if asked.accept else []:
        known = (found.digest, found.accepted.get("digest"))
        if asked.accept in known and asked.point in (found.point, found.wanted):
            return found.point
    return broken_off(state_dir, asked.point, only, now()) or asked.point


def now() -> datetime.datetime:
    """The present, with its zone."""
    return datetime.datetime.now().astimezone()
