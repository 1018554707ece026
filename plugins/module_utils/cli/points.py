# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers about restore points: backup, points, verify."""

from __future__ import annotations

import argparse
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils import table
from ansible_collections.photosync.vps.plugins.module_utils.cli.output import say, say_json, tell
from ansible_collections.photosync.vps.plugins.module_utils.document import load, path_of
from ansible_collections.photosync.vps.plugins.module_utils.points import settings as backup_settings
from ansible_collections.photosync.vps.plugins.module_utils.points.listing import LATEST, list_points


def backup(stack: str, asked: argparse.Namespace) -> int:
    """Make a point, then remove those that retention no longer wants."""
    from ansible_collections.photosync.vps.plugins.module_utils.points.alarm import alarm
    from ansible_collections.photosync.vps.plugins.module_utils.points.create import create
    from ansible_collections.photosync.vps.plugins.module_utils.points.prune import prune

    document, settings = load(path_of(stack)), _settings(stack)
    with alarm(stack, settings, tell):
        manifest = create(document, settings, asked.reason, tell)
        pruned = prune(document, settings, tell)
    if asked.json:
        say_json({"point": manifest, "retention": pruned})
    else:
        say(f"restore point {manifest['id']} made, {len(pruned['kept'])} kept, {len(pruned['removed'])} removed")
    return 0


def points(stack: str, asked: argparse.Namespace) -> int:
    """List the points in the repository."""
    found = list_points(_settings(stack), stack)
    if asked.json:
        say_json(found)
    elif found:
        say(render(found))
    else:
        say(f"the repository holds no restore point of {stack}")
    return 0


def verify(stack: str, asked: argparse.Namespace) -> int:
    """Check a point against its own manifest."""
    from ansible_collections.photosync.vps.plugins.module_utils.points import verify as verification

    report = verification.verify(load(path_of(stack)), _settings(stack), asked.point or LATEST, tell)
    if asked.json:
        say_json(report)
    elif report["ok"]:
        say(f"restore point {report['point']} is good: {len(report['dumps_read'])} dumps read to their end")
    else:
        say("\n".join([f"restore point {report['point']} cannot be relied on:", *report["problems"]]))
    return 0 if report["ok"] else 1


def render(found: list[dict[str, Any]]) -> str:
    """One line for each point."""
    rows = [
        [
            point["id"],
            point["time"],
            point["host"],
            point["databases"],
            table.size(point["bytes"]),
            _state(point),
        ]
        for point in found
    ]
    return table.render(["point", "time", "host", "databases", "size", "state"], rows, right=["databases", "size"])


def _state(point: dict[str, Any]) -> str:
    if not point["complete"]:
        return "INCOMPLETE, lacks " + ", ".join(point["missing"])
    kept_for = point["before_restore"]
    return f"complete, kept before restoring {kept_for}" if kept_for else "complete"


def _settings(stack: str) -> backup_settings.Settings:
    return backup_settings.load(backup_settings.path_of(stack))
