# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What backups need on a host besides restic: the password, the settings, folders for state and log, log rotation."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import config, drill_schedule
from ansible_collections.photosync.vps.plugins.module_utils.common import cron
from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.names import readable

# A nightly job is told when: cron's usual words would make a point every minute.
NIGHTLY = {"hour": "", "minute": ""}
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


def files(
    stack: str,
    given: dict[str, Any],
    password: str,
    drills: Optional[Mapping[str, Optional[str]]] = None,
    nightly: Optional[Mapping[str, Optional[str]]] = None,
) -> list[Wanted]:
    """The files for these settings; raises PointError for settings that do not fit together.

    :param drills: when cron drills; never where nothing is said.
    :param nightly: when cron makes a point, which is only judged here; not judged where nothing is said.
    """
    judge_passwords(password, given.get("copies") or [])
    if nightly is not None:
        judge_nightly(nightly)
    own = {copy["name"]: copy["password"] for copy in given.get("copies") or [] if copy.get("password")}
    document = {
        **given,
        "password_file": password_file(stack),
        "copies": _copies(stack, given, own),
        "notifications": [
            {key: value for key, value in one.items() if value is not None} for one in given.get("notifications") or []
        ],
    }
    config.from_dict(document)
    rotation = LOGROTATE.format(folder=os.path.join("/var/log", stack))
    job = drill_schedule.text_of(stack, drills or {})
    return [
        Wanted(password_file(stack), password + "\n", 0o600, HIDDEN + "\n"),
        *(
            Wanted(os.path.join(copy_password_folder(stack), name), own[name] + "\n", 0o600, HIDDEN + "\n")
            for name in sorted(own)
        ),
        Wanted(config.path_of(stack), _json(document), 0o600, _json(masked(document))),
        Wanted(os.path.join("/etc/logrotate.d", stack), rotation, 0o644, rotation),
        *([Wanted(drill_schedule.path_of(stack), job, 0o644, job)] if job else []),
    ]


def judge_nightly(nightly: Mapping[str, Optional[str]]) -> None:
    """Raises PointError for a time at which cron would never make a point: it ignores what it does not understand."""
    unknown = sorted(set(nightly) - set(NIGHTLY))
    try:
        if unknown:
            raise ValueError(f"unknown {', '.join(unknown)}; known: {', '.join(NIGHTLY)}")
        cron.line_of(nightly, NIGHTLY)
    except ValueError as error:
        raise config.PointError(f"backup_schedule: {error}; write it like {{hour: 3, minute: 10}}") from error


def judge_passwords(password: str, copies: Sequence[Mapping[str, Any]]) -> None:
    """Raises PointError for a password that is none. One that a copy does not say is that of the first repository."""
    if not password.strip():
        raise config.PointError("the repository's password is empty: set backup_repository_password")
    for copy in copies:
        if copy.get("password") is not None and not str(copy["password"]).strip():
            raise config.PointError(
                f"the password of the copy {copy.get('name')} is empty: set it in backup_copies, or leave it out to use"
                " backup_repository_password there too"
            )


def _copies(stack: str, given: dict[str, Any], own: dict[str, str]) -> list[dict[str, Any]]:
    """The copies as ``backup.json`` holds them: without what is not set, and with the place of the password."""
    copies = []
    for copy in given.get("copies") or []:
        said = {key: value for key, value in copy.items() if value is not None and key != "password"}
        if copy["name"] in own:
            said["password_file"] = os.path.join(copy_password_folder(stack), copy["name"])
        copies.append(said)
    return copies


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
    folder, job = copy_password_folder(stack), drill_schedule.path_of(stack)
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
