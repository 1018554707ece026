# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep what is here before a restore replaces it: as a restore point, else as a cold copy, else not at all if asked."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.create import create
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.breakglass import carried
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.restore import safety_copy
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

AUTO, COLD, NONE = "auto", "cold", "none"
LEVELS = (AUTO, COLD, NONE)
FAILURES = (PointError, DatabaseError, ResticError, CommandFailed, OSError)
NOTHING: dict[str, str] = {"kind": NONE, "name": ""}


def keep(spec: Spec, settings: Settings, manifest: dict[str, Any], level: str, progress: Progress) -> dict[str, str]:
    """Keep the present state; returns ``{kind, name}``, what ``restore`` takes to bring it back.

    A level that fails names the next, so that a broken stack never keeps itself from being restored.
    """
    if level == NONE:
        return NOTHING
    if level == AUTO:
        try:
            reason = f"before restoring {manifest['id']}"
            carried.lay(spec, settings)
            made = create(spec, settings, reason, progress, safety_for=manifest["id"]).manifest
            return {"kind": "point", "name": made["id"]}
        except FAILURES as error:
            progress(f"no restore point can be made of what is here ({error}); a cold copy is made instead")
    try:
        with exclusive(spec.state_dir, "cold copy"):
            return {"kind": COLD, "name": safety_copy.make(spec, manifest, progress)}
    except FAILURES as error:
        raise PointError(
            f"what is here could be kept neither as a restore point nor as a cold copy: {error}\n"
            "restore_safety=none (on the host: --safety none) restores all the same, with no way back"
        ) from error
