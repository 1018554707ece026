# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stays of the old deployment: copies of its settings, a note in its folder, volumes that nobody uses any more."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping, Sequence

from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import Found
from ansible_collections.photosync.vps.plugins.module_utils.adoption.settings import ENV_FILES
from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.names import readable
from ansible_collections.photosync.vps.plugins.module_utils.docker.engine import mountpoint
from ansible_collections.photosync.vps.plugins.module_utils.host.system import read_text
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

NOTE = "TAKEN-OVER.txt"
CRON_FOLDERS = ("/etc/cron.d", "/var/spool/cron/crontabs")
CRON_FILE = "/etc/crontab"


def config_files(found: Found) -> list[str]:
    """The files that say what the old deployment was."""
    folder = found.existing.folder
    named = [os.path.join(folder, path) for path in (*found.existing.files, *ENV_FILES)]
    config = os.path.join(folder, "config")
    if folder and os.path.isdir(config):
        named += [os.path.join(config, name) for name in sorted(os.listdir(config)) if name.startswith("Caddyfile")]
    return [path for path in dict.fromkeys(named) if os.path.isfile(path)]


def keep_files(found: Found, target: str) -> list[str]:
    """Copy the files of settings into a folder that only root reads; returns which."""
    kept = config_files(found)
    for path in kept:
        copy = os.path.join(target, os.path.relpath(path, found.existing.folder).replace("/", "_"))
        shutil.copyfile(path, copy)
        os.chmod(copy, 0o600)
    return [readable(path) for path in kept]


def unused_volumes(found: Found, spec: Spec) -> list[str]:
    """Volumes of the old deployment, and those of its containers alone, that the stack does not use."""
    used = {volume.docker_name for volume in spec.volumes}
    mounted = {mount["Name"] for one in found.containers for mount in one["Mounts"] if mount["Type"] == "volume"}
    return sorted(name for name in {*found.existing.volumes.values(), *mounted} - used if mountpoint(name))


def jobs(found: Found) -> list[str]:
    """Lines of cron that call something in the old folder."""
    folder = found.existing.folder
    files = [CRON_FILE]
    for place in CRON_FOLDERS:
        files += [os.path.join(place, name) for name in sorted(os.listdir(place))] if os.path.isdir(place) else []
    return [
        f"{readable(path)}: {line.strip()}"
        for path in files
        for line in read_text(path).splitlines()
        if folder and folder in line and not line.lstrip().startswith("#")
    ]


def leave_note(stack: str, found: Found, folder: str, unused: Sequence[str]) -> None:
    """Say in the old folder what has become of it."""
    if found.existing.folder and os.path.isdir(found.existing.folder):
        path = os.path.join(found.existing.folder, NOTE)
        write_atomically(path, note(stack, found.project, folder, unused), 0o644)


def note(stack: str, project: str, folder: str, unused: Sequence[str]) -> str:
    """The note."""
    lines = [
        f"On {time.strftime('%d %B %Y')} the Compose project {project}, which was run from this folder, was taken over",
        f"by the stack {stack} of the Ansible collection photosync.vps. It runs in /opt/{stack}; see `{stack} --help`.",
        "",
        "Run no docker compose and no script from this folder any more: they would replace or stop what runs now.",
        "Nothing here is needed by it, so the folder can be removed.",
        "",
        f"Settings and dumps from before: {folder}",
    ]
    if unused:
        lines += ["Volumes that are not used any more:", *(f"    docker volume rm {name}" for name in unused)]
    return "\n".join([*lines, ""])


def report(spec: Spec, folder: str, data: Mapping[str, Sequence[str]], unused: Sequence[str]) -> list[str]:
    """What was adopted, for people, line by line.

    :param data: what the step of that name has ``filled``, and what it found ``undeclared``.
    """

    def named(names: Sequence[str]) -> str:
        return ", ".join(names) or "none"

    undeclared = named(data.get("undeclared", []))
    return [
        f"{spec.stack} serves what was there before: {spec.url}",
        f"settings and dumps from before are in {folder}",
        f"filled from dumps: {named(data.get('filled', []))}",
        f"databases that no entry declares, which backups hold all the same: {undeclared}",
        f"volumes that nothing uses any more: {named(unused)}",
    ]
