# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the settings of backups, judged by the engine that will read them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import config, config_files
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import fault
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

# Whatever else the engine wants to know, so that one setting is judged at a time.
REST = {"repository": "/nowhere/but/here", "repository_password": "any", "host": "host"}
# What preflight asks the host depends on these, and on the secrets that the password is one of.
BACKUP_ASKED = (
    "backup_enabled",
    "backup_repository",
    "backup_repository_password",
    "backup_copies",
    "backup_accept_local_only",
    "backup_restic_binaries",
    "stack_secrets",
)
ADVICE = "correct it; ansible-doc --type role photosync.vps.backup says what it takes"


def backup_problems(given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with these settings, named without their ``backup_``; no secret among them is quoted.

    Nothing is, where backups are switched off. Whether there has to be a repository is asked elsewhere.
    """
    if given.get("enabled") is False:
        return []
    first = str(given.get("repository") or "")
    # Copies are judged beside the repository that they are copies of.
    beside = {**REST, "repository": first} if first and not fault(first) else REST
    return [
        found
        for name, value in given.items()
        if value or name not in ("repository", "repository_password")
        for found in _told(name, {**(beside if name == "copies" else REST), name: value})
    ]


def _told(name: str, given: Mapping[str, Any]) -> list[Problem]:
    setting = f"backup_{name}"
    try:
        config_files.judged(given, setting)
    except config.PointError as error:
        said = str(error).removeprefix(f"{setting}: ").removeprefix(f"{name}: ").removeprefix(f"{name}.")
        return [problem(setting, said, ADVICE)]
    except (AttributeError, TypeError, ValueError, KeyError):
        # Their words may hold the value.
        return [problem(setting, "it is of another form than it has to be", ADVICE)]
    return []


def backup_asked(settings: Mapping[str, Any], wrong: Collection[str], mode: str) -> dict[str, Any]:
    """What the host is asked about backups, in the terms of preflight_info; nothing for what is ``wrong``."""
    enabled, repository = settings.get("backup_enabled", False), settings.get("backup_repository") or ""
    copies = [] if "backup_copies" in wrong else settings.get("backup_copies") or []
    judged = enabled and repository and mode == "production" and not settings.get("backup_accept_local_only")
    return {
        "backup_repositories": [repository, *(copy["repository"] for copy in copies)] if judged else [],
        "backup_restic_needed": bool(enabled and repository),
        "backup_restic_architectures": list(settings.get("backup_restic_binaries") or {}),
    }


def backup_missing(settings: Mapping[str, Any], wrong: Collection[str], stack: Mapping[str, Any]) -> Iterator[Problem]:
    """What production cannot be without, where it is to be backed up."""
    if not settings.get("backup_enabled") or stack["mode"] != "production":
        return
    if not settings.get("backup_repository") and "backup_repository" not in wrong:
        yield problem(
            "backup_repository",
            f"It is empty: nothing of {stack['name']} would be kept anywhere.",
            "Say where restic keeps restore points, for example sftp:user@host:/folder or the path of a disk that"
            " outlives this host; or set backup_enabled to false, to run production without backups.",
        )
    # What the role takes where nothing else is said; a play without it does not know its defaults.
    secret = (settings.get("stack_secrets") or {}).get("backup_repository_password")
    if not (settings.get("backup_repository_password") or secret) and "backup_repository_password" not in wrong:
        yield problem(
            "backup_repository_password",
            "It is empty: restore points could not be encrypted.",
            "Let the playbook photosync.vps.secrets make stack_secrets.backup_repository_password.",
        )
