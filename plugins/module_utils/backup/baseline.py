# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which point a new one is compared with: the last good one, or the one that was restored since."""

from __future__ import annotations

import datetime
import os
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import choice
from ansible_collections.photosync.vps.plugins.module_utils.backup import manifest as manifests
from ansible_collections.photosync.vps.plugins.module_utils.common import state
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec


def before(points: list[dict[str, Any]], restored: Optional[dict[str, str]]) -> Optional[dict[str, Any]]:
    """The point that holds what a new one should hold; None where there is none.

    :param restored: ``{point, at}`` of the last restore on this host. What is here comes from it if it is younger than
        the last good point, and that one may hold far more.
    """
    last = next(iter(reversed(choice.good(points))), None)
    if restored and (last is None or _time(last["time"]) < _time(restored["at"])):
        return next((point for point in points if point["id"] == restored["point"] and point["complete"]), last)
    return last


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def manifest_before(restic: Restic, points: list[dict[str, Any]], spec: Spec) -> Optional[dict[str, Any]]:
    """The manifest of that point; None where there is none. Raises PointError or ResticError when it cannot be read."""
    point = before(points, state.read(_path(spec)))
    return manifests.read(restic.dump(point["manifest"], manifests.FILENAME)) if point else None


def remember_restored(spec: Spec, point: str) -> None:
    """Note that what is here comes from this point from now on."""
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    state.write(_path(spec), {"point": point, "at": now})


def _path(spec: Spec) -> str:
    return os.path.join(spec.state_dir, "restored.json")
