# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Snapshots that we have not made, or that are no longer as we made them: left alone, told of once, never a failure.

Whoever may write to a repository, restic by hand among them, may lay anything there.
"""

from __future__ import annotations

import datetime
import re
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import manifest as manifests
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress

HASH = re.compile(r"[0-9a-f]{64}")
TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)")
# A mark of who adds points to the repository: of the stack, and of no point.
OWNER = "owner"
SHORT = 8

# What this run has told of already: one backup looks into the same repository again and again.
_told: set[str] = set()


def tags_of(snapshot: dict[str, Any], key: str) -> list[str]:
    """The values of all tags ``key=value``; of what is no list of tags, none."""
    tags = snapshot.get("tags")
    listed = tags if isinstance(tags, list) else []
    return [tag.partition("=")[2] for tag in listed if isinstance(tag, str) and tag.startswith(key + "=")]


def tag_of(snapshot: dict[str, Any], key: str) -> Optional[str]:
    """The value of the first tag ``key=value``."""
    return next(iter(tags_of(snapshot, key)), None)


def why_odd(snapshot: dict[str, Any]) -> str:
    """Why a snapshot is no sound part of a point; empty for one that is."""
    points, part = tags_of(snapshot, "point"), tag_of(snapshot, "part")
    if len(tags_of(snapshot, "stack")) != 1:
        return "it has no tag of a stack, or that of several"
    if len(points) != 1 or part is None:
        return "it says of no point, or of several, which part of it it is"
    try:
        manifests.time_of(points[0])
    except PointError as error:
        return str(error)
    if not isinstance(snapshot.get("hostname"), str):
        return "it names no host"
    # The list of a backup that has just been made knows no tree of its manifest.
    unknown = part == manifests.PART and "tree" not in snapshot
    return "" if unknown or HASH.fullmatch(str(snapshot.get("tree"))) else "it has no content"


def time_of(snapshot: dict[str, Any]) -> Optional[datetime.datetime]:
    """When a snapshot was made, to the microsecond; None where it does not say. restic writes nine digits of it."""
    found = TIME.fullmatch(str(snapshot.get("time")))
    if not found:
        return None
    second, fraction, zone = found.groups()
    try:
        return datetime.datetime.fromisoformat(f"{second}.{(fraction or '')[:6]:0<6}{zone.replace('Z', '+00:00')}")
    except ValueError:
        return None


def sound(snapshots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that belong to points."""
    return [snapshot for snapshot in snapshots if not why_odd(snapshot)]


def odd(snapshots: list[dict[str, Any]]) -> dict[str, str]:
    """Why others are left alone, by their short IDs."""
    found = {
        short(snapshot): why_odd(snapshot)
        for snapshot in snapshots
        if tag_of(snapshot, "part") != OWNER and why_odd(snapshot)
    }
    kept: dict[str, list[dict[str, Any]]] = {}
    for snapshot in sound(snapshots):
        if tag_of(snapshot, "part") == manifests.PART:
            kept.setdefault(str(tag_of(snapshot, "point")), []).append(snapshot)
    for point, several in kept.items():
        if contradict(several):
            names = " and ".join(short(snapshot) for snapshot in several)
            found[names] = f"each says that it is the manifest of {point}; `restic forget` the one that is wrong"
    return found


def contradict(kept: list[dict[str, Any]]) -> bool:
    """Whether several manifests of one point hold different things: nobody can say which one is right."""
    return len({snapshot.get("tree") for snapshot in kept}) > 1


def short(snapshot: dict[str, Any]) -> str:
    """A snapshot's ID as restic shows it."""
    return str(snapshot.get("id"))[:SHORT]


def tell(snapshots: list[dict[str, Any]], progress: Progress) -> None:
    """Warn of each of them, once in a run."""
    for name, why in odd(snapshots).items():
        if name not in _told:
            _told.add(name)
            progress(f"snapshot {name} is left alone: {why}")
