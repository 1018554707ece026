# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long restores took here, so that the next one can say how long it will: ``<state>/restore-durations.json``."""

from __future__ import annotations

import datetime
import os
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common import state
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.restore.selection import words
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

UNKNOWN = "not measured yet"


def remember(spec: Spec, manifest: dict[str, Any], phases: dict[str, float], kind: str) -> None:
    """Keep what a restore of these parts took, in seconds by phase, in place of what the one before it took.

    :param kind: what was measured: "restore" or "drill".
    """
    measured = {
        "kind": kind,
        "at": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "bytes": weight(manifest),
        "seconds": round(sum(phases.values()), 1),
        "phases": phases,
    }
    known = {**_read(spec), _key(manifest): measured}
    state.write(_path(spec), known)


def expected(spec: Spec, manifest: dict[str, Any]) -> Optional[dict[str, Any]]:
    """What the last restore or drill of the same parts took on this stack; None when there was none."""
    return _read(spec).get(_key(manifest))


def sentence(measured: Optional[dict[str, Any]]) -> str:
    """That measurement for people."""
    if measured is None:
        return UNKNOWN
    said = f"the {measured['kind']} of {measured['at']} took {measured['seconds']:.0f} s"
    return f"{said} for {size(measured['bytes'])}"


def weight(manifest: dict[str, Any]) -> int:
    """Bytes of all parts of a point."""
    return sum(part["bytes"] for part in manifest["databases"] + manifest["volumes"])


def _key(manifest: dict[str, Any]) -> str:
    return ",".join(words(manifest.get("only") or [])) or "everything"


def _read(spec: Spec) -> dict[str, Any]:
    return state.read(_path(spec), {})


def _path(spec: Spec) -> str:
    return os.path.join(spec.state_dir, "restore-durations.json")
