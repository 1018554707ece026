# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What backups need on a host besides restic: the password, the settings, folders for state and log, log rotation."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import config
from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.names import readable

HIDDEN = "********"

LOGROTATE = """\
{folder}/*.log {{
    monthly
    maxsize 10M
    rotate 12
    compress
    delaycompress
    missingok
    notifempty
}}
"""
DRILL_JOB = """\
# Written by the Ansible collection photosync.vps. The next run undoes changes made here.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
{fields} root {stack} drill >>/var/log/{stack}/drill.log 2>&1
"""


@dataclass(frozen=True)
class Wanted:
    """A file as it is to be; ``shown`` is what a diff may show of it."""

    path: str
    content: str
    mode: int
    shown: str


def password_file(stack: str) -> str:
    """Where restic finds the repository's password."""
    return os.path.join("/etc", stack, "restic-password")


def collection_file(stack: str) -> str:
    """Where the collection's tarball lies, which every point carries."""
    return os.path.join("/var/lib", stack, "collection.tar.gz")


def nightly_job(stack: str) -> str:
    """What cron's file of the nightly backup says, which the role backup writes; empty where there is none."""
    return _read(f"/etc/cron.d/{stack}-backup") or ""


def drill_job(stack: str) -> str:
    """Where the job lies that drills."""
    return f"/etc/cron.d/{stack}-drill"


def digest(path: str) -> str:
    """A file's SHA-256; empty where there is none."""
    try:
        with open(path, "rb") as stream:
            return hashlib.sha256(stream.read()).hexdigest()
    except FileNotFoundError:
        return ""


def copy_password_folder(stack: str) -> str:
    """Where the passwords of those copies lie that have their own."""
    return os.path.join("/etc", stack, "restic-passwords")


def folders(stack: str) -> dict[str, int]:
    """Folders and their modes."""
    return {
        os.path.join("/etc", stack): 0o700,
        copy_password_folder(stack): 0o700,
        os.path.join("/var/lib", stack): 0o700,
        os.path.join("/var/log", stack): 0o750,
    }


def files(stack: str, given: Mapping[str, Any]) -> list[Wanted]:
    """The files for the settings of the role backup, by their names without ``backup_``.

    Raises PointError for settings that do not fit together.
    """
    settings, own = judged(given, stack=stack), _own_passwords(given)
    document = _document(stack, given)
    rotation = LOGROTATE.format(folder=os.path.join("/var/log", stack))
    job = DRILL_JOB.format(fields=settings.drill_schedule, stack=stack)
    return [
        Wanted(password_file(stack), given["repository_password"] + "\n", 0o600, HIDDEN + "\n"),
        *(
            Wanted(os.path.join(copy_password_folder(stack), name), own[name] + "\n", 0o600, HIDDEN + "\n")
            for name in sorted(own)
        ),
        Wanted(config.path_of(stack), _json(document), 0o600, _json(masked(document))),
        Wanted(os.path.join("/etc/logrotate.d", stack), rotation, 0o644, rotation),
        *([Wanted(drill_job(stack), job, 0o644, job)] if settings.enabled and settings.drill_schedule else []),
    ]


def judged(given: Mapping[str, Any], source: str = "backup", stack: str = "stack") -> config.Settings:
    """The settings of the role as the host will read them; raises PointError, which begins with ``source``."""
    settings = config.from_dict(_document(stack, given), source)
    if not str(given.get("repository_password") or "").strip():
        raise config.PointError("the repository's password is empty: set backup_repository_password")
    for copy in given.get("copies") or []:
        if copy.get("password") is not None and not str(copy["password"]).strip():
            raise config.PointError(
                f"the password of the copy {copy.get('name')} is empty: set it in backup_copies, or leave it out to use"
                " backup_repository_password there too"
            )
    return settings


def secrets_in(given: Mapping[str, Any]) -> set[str]:
    """Passwords and values of environments, none of which may be said in whatever goes wrong."""
    found = [given.get("repository_password"), *_own_passwords(given).values()]
    for place in (given, *(given.get("copies") or [])):
        found += (place.get("environment") or {}).values()
    return {str(secret) for secret in found if secret}


def _document(stack: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What ``backup.json`` holds: the settings that the engine reads, with the places of passwords for passwords."""
    said = {name: value for name, value in given.items() if name in config.READERS}
    copies = [_copy(stack, one) if isinstance(one, Mapping) else one for one in given.get("copies") or []]
    return {**said, "password_file": password_file(stack), "copies": copies}


def _copy(stack: str, given: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in given.items() if key != "password"}
    if given.get("password"):
        said["password_file"] = os.path.join(copy_password_folder(stack), str(given.get("name")))
    return said


def _own_passwords(given: Mapping[str, Any]) -> dict[str, str]:
    """The passwords of those copies that have their own, by name."""
    return {copy["name"]: copy["password"] for copy in given.get("copies") or [] if copy.get("password")}


def hidden_address(repository: str) -> str:
    """A repository's address with the password in it hidden, if there is one."""
    return re.sub(r"://([^/:@]+):[^/@]*@", rf"://\1:{HIDDEN}@", repository)


def masked(document: dict[str, Any]) -> dict[str, Any]:
    """The settings with credentials hidden: values of the environment, and a password in the repository's address."""
    environment = dict.fromkeys(document.get("environment") or {}, HIDDEN)
    repository = hidden_address(document.get("repository", ""))
    shown = {**document, "environment": environment, "repository": repository}
    for key, how in (("copies", masked), ("notifications", masked_notification)):
        if document.get(key):
            shown[key] = [how(one) for one in document[key]]
    return shown


def masked_notification(given: dict[str, Any]) -> dict[str, Any]:
    """A notification with what may hold a token hidden: its address, headers and body."""
    return {key: HIDDEN if key in ("url", "headers", "body") and value else value for key, value in given.items()}


def apply(stack: str, wanted: list[Wanted], check: bool) -> list[dict[str, str]]:
    """Write what differs, unless ``check``; returns a diff of each file or folder that differs."""
    found = [_folder(path, mode, check) for path, mode in folders(stack).items()]
    found += [_file(file, check) for file in wanted]
    found += [_stray(path, check) for path in _strays(stack, wanted)]
    return [difference for difference in found if difference]


def _strays(stack: str, wanted: list[Wanted]) -> list[str]:
    """Passwords of copies that the settings know no more, and a job where none is wanted."""
    folder, job = copy_password_folder(stack), drill_job(stack)
    present = [os.path.join(folder, name) for name in sorted(os.listdir(folder))] if os.path.isdir(folder) else []
    present += [job] if os.path.exists(job) else []
    return [path for path in present if path not in {file.path for file in wanted}]


def _stray(path: str, check: bool) -> dict[str, str]:
    if not check:
        os.remove(path)
    return {"before_header": readable(path), "after_header": readable(path), "before": HIDDEN + "\n", "after": ""}


def _folder(path: str, mode: int, check: bool) -> Optional[dict[str, str]]:
    present = _mode(path)
    if present == mode:
        return None
    if not check:
        os.makedirs(path, mode=mode, exist_ok=True)
        os.chmod(path, mode)
    return {
        "before_header": path,
        "after_header": path,
        "before": "" if present is None else f"mode {present:04o}\n",
        "after": f"mode {mode:04o}\n",
    }


def _file(file: Wanted, check: bool) -> Optional[dict[str, str]]:
    before, mode = _read(file.path), _mode(file.path)
    if before == file.content and mode == file.mode:
        return None
    if not check:
        # Cron's folder comes with cron, which may be yet to be installed.
        os.makedirs(os.path.dirname(file.path), mode=0o755, exist_ok=True)
        write_atomically(file.path, file.content, file.mode)
    shown = "" if before is None else _shown(before, file)
    return {
        "before_header": file.path,
        "after_header": file.path,
        "before": shown if mode == file.mode or mode is None else f"{shown}# mode {mode:04o}\n",
        "after": file.shown,
    }


def _shown(before: str, file: Wanted) -> str:
    if file.shown == file.content:
        return before
    try:
        return _json(masked(json.loads(before)))
    except (ValueError, AttributeError, TypeError):
        return HIDDEN + " (another)\n"


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _mode(path: str) -> Optional[int]:
    try:
        return stat.S_IMODE(os.stat(path).st_mode)
    except FileNotFoundError:
        return None


def _read(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
