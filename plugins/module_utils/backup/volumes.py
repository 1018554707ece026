# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Saved volumes as a manifest describes them."""

from __future__ import annotations

import os
import stat
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Volume


def describe(volume: Volume) -> dict[str, Any]:
    """What is known of a volume before it is saved; raises PointError when there is none."""
    path = engine.mountpoint(volume.docker_name)
    if path is None:
        raise PointError(f"volume {volume.docker_name} does not exist; an empty one would be saved in its place")
    root = os.stat(path)
    return {
        "name": volume.name,
        "docker_name": volume.docker_name,
        "path": path,
        "root": {"uid": root.st_uid, "gid": root.st_gid, "mode": stat.S_IMODE(root.st_mode)},
    }


def count(restic: Restic, parts: list[dict[str, Any]], snapshot: str, progress: Progress) -> None:
    """Add to descriptions what of each volume lies in the snapshot."""
    for part in parts:
        part.update(files=0, bytes=0, snapshot=snapshot)

    def add(node: dict[str, Any]) -> None:
        for part in parts if node["type"] == "file" else ():
            if node["path"].startswith(part["path"] + "/"):
                part["files"] += 1
                part["bytes"] += node.get("size", 0)

    restic.nodes(snapshot, add)
    for part in parts:
        progress(f"volume {part['name']}: {part['files']} files, {size(part['bytes'])}")
