# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the settings of backups, judged by the engine that will read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import config, config_files
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import fault
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

# Whatever else the engine wants to know, so that one setting is judged at a time.
REST = {"repository": "/nowhere/but/here", "repository_password": "any", "host": "host"}
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
