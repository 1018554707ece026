# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restore point before a new version changes data in a way that the old one cannot read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

from ansible_collections.photosync.vps.plugins.module_utils.backup import config as backup_settings
from ansible_collections.photosync.vps.plugins.module_utils.common import process
from ansible_collections.photosync.vps.plugins.module_utils.deploy import release_folders
from ansible_collections.photosync.vps.plugins.module_utils.stack import host_command
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# The last words of a backup that failed say why.
LAST_WORDS = 5


class SafetyPointFailed(Exception):
    """The restore point that has to come before a migration could not be made."""


def migrating(before: Spec, after: Spec) -> list[str]:
    """Services that say they migrate data and that get another image."""
    images = {service.name: service.image for service in before.services}
    return [
        service.name
        for service in after.services
        if service.migrates_data and images.get(service.name, service.image) != service.image
    ]


def point_before(layout: Layout, spec: Spec, tell: Callable[[str], None]) -> str:
    """Make a restore point of what serves now where the release migrates its data; returns its ID, or "".

    A point that cannot be made stops the deployment: nothing has changed then.
    """
    serving = layout.current_digest()
    if serving is None or not release_folders.complete(layout, serving):
        return ""
    names = ", ".join(migrating(release_folders.spec_of(layout, serving), spec))
    if not names or not os.path.exists(backup_settings.path_of(spec.stack)):
        return ""
    tell(f"making a restore point first: {names} may migrate data")
    return back_up(spec.stack, f"before {names} migrates its data", tell)


def back_up(stack: str, reason: str, tell: Callable[[str], None]) -> str:
    """Let the host command back up, so that a deployment need not bring all that a backup is made of."""
    said: list[str] = []

    def heard(line: str) -> None:
        said.append(line.rstrip())
        tell(said[-1])

    try:
        done = process.listen([host_command.path_of(stack), "backup", "--json", "--reason", reason], heard)
        # A point that was made is there, whatever else may be wrong: a copy that failed has been told.
        return str(json.loads(done.stdout)["point"]["id"])
    except (process.CommandFailed, ValueError) as error:
        why = str(error) if isinstance(error, process.CommandFailed) else "\n".join(said[-LAST_WORDS:])
        raise SafetyPointFailed(
            f"no restore point could be made {reason}: {why}\n"
            "Mend that, or set stack_safety_point: false to go on without one."
        ) from error
