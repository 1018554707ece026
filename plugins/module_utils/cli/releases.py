# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers about releases: releases, rollback."""

from __future__ import annotations

import argparse
import os
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.cli.output import say, say_json, tell
from ansible_collections.photosync.vps.plugins.module_utils.common import table
from ansible_collections.photosync.vps.plugins.module_utils.deploy import release_folders
from ansible_collections.photosync.vps.plugins.module_utils.deploy.history import POINT, History
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout, of_stack
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import load, path_of


def releases(stack: str, asked: argparse.Namespace) -> int:
    """List the releases kept on the host, the newest first."""
    found = listing(of_stack(stack), History(load(path_of(stack)).state_dir))
    if asked.json:
        say_json(found)
    else:
        rows = [[entry[key] for key in ("release", "serves", "outcome", "at", "who")] for entry in found]
        say(table.render(["release", "", "last deployment", "at", "by"], rows))
    return 0


def listing(layout: Layout, history: History) -> list[dict[str, Any]]:
    """Every kept release with what became of its last deployment."""
    last = {entry["release"]: entry for entry in history.entries if entry["outcome"] != POINT}
    return [
        {
            "release": name,
            "serves": "serves" if name == layout.current_digest() else "",
            **{key: last.get(name, {}).get(key) for key in ("outcome", "at", "who", "why")},
        }
        for name in release_folders.names(layout)
    ]


def rollback(stack: str, asked: argparse.Namespace) -> int:
    """Go back to a kept release; the one that serves comes back where that fails."""
    from ansible_collections.photosync.vps.plugins.module_utils.deploy import rollback as going_back
    from ansible_collections.photosync.vps.plugins.module_utils.deploy import rollout

    layout = of_stack(stack)
    rollout.refuse(layout)
    name = going_back.target(layout, asked.release, asked.accept_migrated_data)
    who = os.environ.get("SUDO_USER") or "root"
    done = rollout.roll_out(layout, rollout.Request(name, who=who, timeout=asked.timeout, safety_point=False), tell)
    if done.notice:
        tell("\n" + done.notice)
    say(f"release {name} serves; the next run of the playbook deploys what the inventory says")
    return 0
