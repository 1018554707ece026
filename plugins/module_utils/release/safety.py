# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restore point before a new version changes data in a way that the old one cannot read."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.databases import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.points import settings as backup_settings
from ansible_collections.photosync.vps.plugins.module_utils.points.create import create
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.release import kept
from ansible_collections.photosync.vps.plugins.module_utils.release.layout import Layout
from ansible_collections.photosync.vps.plugins.module_utils.restic import ResticError


class SafetyPointFailed(Exception):
    """The restore point that has to come before a migration could not be made."""


def migrating(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Services that say they migrate data and that get another image."""
    images = {service["name"]: service["image"] for service in before["services"]}
    return [
        service["name"]
        for service in after["services"]
        if service["migrates_data"] and images.get(service["name"], service["image"]) != service["image"]
    ]


def point_before(layout: Layout, document: dict[str, Any], tell: Callable[[str], None]) -> str:
    """Make a restore point of what serves now where the release migrates its data; returns its ID, or "".

    A point that cannot be made stops the deployment: nothing has changed then.
    """
    serving = layout.current_digest()
    if serving is None or not kept.complete(layout, serving):
        return ""
    before = kept.document_of(layout, serving)
    names = migrating(before, document)
    where = backup_settings.path_of(document["stack"])
    if not names or not os.path.exists(where):
        return ""
    tell("making a restore point first: {0} may migrate data".format(", ".join(names)))
    reason = "before {0} migrates its data".format(", ".join(names))
    try:
        return str(create(before, backup_settings.load(where), reason, tell).manifest["id"])
    except (PointError, ResticError, DatabaseError, CommandFailed) as error:
        raise SafetyPointFailed(
            f"no restore point could be made before {names[0]} may migrate its data: {error}\n"
            "Mend that, or set stack_safety_point: false to go on without one."
        ) from error
