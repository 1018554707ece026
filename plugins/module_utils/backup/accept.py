# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person decides about a suspect point: that it is good after all, or that nobody will want it."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import foreign
from ansible_collections.photosync.vps.plugins.module_utils.backup import manifest as manifests
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import ACCEPTED, points_of, repository
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.backup.prune import removed_nothing
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import needed

Deed = Callable[[Restic, dict[str, Any], Settings], None]


def accept(spec: Spec, settings: Settings, ids: Sequence[str], progress: Progress = silent) -> dict[str, list[str]]:
    """Clear the mark of suspect points in every repository that has them; returns the repositories by point.

    Something is added and nothing rewritten, so that an append-only repository takes it too.
    """
    return _decide(spec, settings, ids, "is accepted", _accept, progress)


def discard(spec: Spec, settings: Settings, ids: Sequence[str], progress: Progress = silent) -> dict[str, list[str]]:
    """Remove suspect points from every repository that has them; returns the repositories by point."""
    return _decide(spec, settings, ids, "is removed", _discard, progress)


def _accept(restic: Restic, point: dict[str, Any], settings: Settings) -> None:
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    by = os.environ.get("SUDO_USER", "root")
    said = json.dumps({"accepted": point["id"], "suspect": point["suspect"], "by": by, "at": now})
    tags = manifests.tags(point["stack"], point["id"], ACCEPTED)
    restic.backup_text(said, "accepted.json", tags, settings.host)


def _discard(restic: Restic, point: dict[str, Any], settings: Settings) -> None:
    if settings.append_only:
        raise PointError("append-only: it has to be removed elsewhere")
    restic.forget(point["snapshots"])
    if removed_nothing(restic.snapshots([f"stack={point['stack']}"]), point["snapshots"]):
        raise PointError("append-only: it has to be removed elsewhere")


def _decide(
    spec: Spec, settings: Settings, ids: Sequence[str], done: str, deed: Deed, progress: Progress
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {point: [] for point in ids}
    failed = []
    with exclusive(spec.state_dir, "decision about a suspect point"):
        half = sorted(needed(spec.state_dir) & set(ids)) if deed is _discard else []
        if half:
            raise PointError(f"a restore that has not ended needs {', '.join(half)}; nothing was removed")
        for one in settings.all():
            try:
                restic = repository(one, spec.stack, owns_lock=True)
                snapshots = restic.snapshots([f"stack={spec.stack}"])
                foreign.tell(snapshots, progress)
                for point in suspects(points_of(snapshots), ids):
                    deed(restic, {**point, "stack": spec.stack}, one)
                    found[point["id"]].append(one.name)
                    progress(f"restore point {point['id']} {done} in repository {one.name}")
            except (ResticError, PointError) as error:
                failed.append(f"repository {one.name}: {error}")
    if failed:
        raise PointError("not everywhere, so do it again: " + "; ".join(failed))
    unknown = [point for point, names in found.items() if not names]
    if unknown:
        raise PointError(f"no suspect restore point is called {', '.join(unknown)}; nothing was done about it")
    return found


def suspects(points: list[dict[str, Any]], ids: Sequence[str]) -> list[dict[str, Any]]:
    """Those of ``ids`` that are suspect; by the whole ID, since a decision about the wrong one would cost data."""
    return [point for point in points if point["id"] in ids and point["suspect"]]
