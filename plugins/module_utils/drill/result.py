# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What drills have shown, kept in one file: ``<state folder>/drill.json``.

``{"schema": 1, "last": OUTCOME, "last_good": OUTCOME or null}``. An OUTCOME has

``ok`` (bool) whether the point was restored, proved and served;
``point``, ``point_time`` (str, ISO 8601) which it was, empty where none could be chosen;
``repository`` (str) where it came from, by name;
``started``, ``finished`` (str, ISO 8601 with zone);
``seconds`` (float) of all its phases, ``phases`` (dict of str to float) of each;
``compared`` (dict of str to int, or null) databases, tables, rows, volumes, files and bytes that were found the same;
``failed`` (str) the phase that failed, ``error`` (str) why; both empty when it is ok.
"""

from __future__ import annotations

import os
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import manifest as manifests
from ansible_collections.photosync.vps.plugins.module_utils.common import state

SCHEMA = 1


def path_of(state_dir: str) -> str:
    """Where the file lies."""
    return os.path.join(state_dir, "drill.json")


def read(state_dir: str) -> Optional[dict[str, Any]]:
    """The file's content; None where nothing was drilled yet, or with another schema."""
    kept = state.read(path_of(state_dir))
    return kept if isinstance(kept, dict) and kept.get("schema") == SCHEMA else None


def write(state_dir: str, outcome: dict[str, Any]) -> None:
    """Keep an outcome as the last; the last good one stays beside one that is not."""
    known = read(state_dir) or {"last_good": None}
    kept = {"schema": SCHEMA, "last": outcome, "last_good": outcome if outcome["ok"] else known["last_good"]}
    state.write(path_of(state_dir), kept)


def of_point(kept: Optional[dict[str, Any]], point: str) -> Optional[dict[str, Any]]:
    """The latest known outcome of drilling one point; None when there is none."""
    known = [kept["last"], kept["last_good"]] if kept else []
    return next((outcome for outcome in known if outcome and outcome["point"] == point), None)


def sentence(outcome: dict[str, Any]) -> str:
    """An outcome for people, in one line."""
    if outcome["ok"]:
        return f"{outcome['point']} was restored and proved in {outcome['seconds']:.0f} s on {outcome['finished']}"
    meant = outcome["point"] or "no point"
    why = (outcome["error"].splitlines() or ["no reason known"])[0]
    return f"FAILED on {outcome['finished']} with {meant} in phase {outcome['failed']}: {why}"


def time_of(point: str) -> str:
    """When a point was made, from its ID."""
    return manifests.time_of(point).isoformat(timespec="seconds") if point else ""
