# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The subcommand that restores a point beside the stack that serves, proves it and takes it away."""

from __future__ import annotations

import argparse

from ansible_collections.photosync.vps.plugins.module_utils.backup import config as backup_settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import LATEST
from ansible_collections.photosync.vps.plugins.module_utils.cli.output import Told, say, say_json
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import load, path_of


def drill(stack: str, asked: argparse.Namespace) -> int:
    """Drill one point; a failure is told to whoever wants to know."""
    from ansible_collections.photosync.vps.plugins.module_utils.drill import result
    from ansible_collections.photosync.vps.plugins.module_utils.operations import jobs

    spec, settings = load(path_of(stack)), backup_settings.load(backup_settings.path_of(stack))
    outcome = jobs.drill(spec, settings, Told(), asked.point or LATEST, asked.repository)
    if asked.json:
        say_json(outcome)
    else:
        say(f"{result.sentence(outcome)}; nothing of the drill is left")
        say("seconds by phase: " + ", ".join(f"{phase} {seconds:.1f}" for phase, seconds in outcome["phases"].items()))
    return 0
