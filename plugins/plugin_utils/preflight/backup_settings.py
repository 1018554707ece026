# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the settings of backups, judged by the engine that will read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import config, config_files, drill_schedule
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import fault
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

# Whatever else the engine wants to know, so that one setting is judged at a time.
REST = {"repository": "/nowhere/but/here", "password_file": "/etc/password", "host": "host"}
ADVICE = "correct it; ansible-doc --type role photosync.vps.backup says what it takes"
# What the engine calls otherwise than the role, and what is judged although the engine is not told of it.
ENGINE_NAMES = {"adopt_repository": "adopt"}
JUDGED = (
    "repository",
    "environment",
    "retention",
    "extra_paths",
    "adopt_repository",
    "append_only",
    "suspect",
    "on_failure",
    "notifications",
    "metrics_folder",
    "check",
    "schedule_spread",
    "copies",
)


def backup_problems(given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with these settings, named without their ``backup_``; no secret among them is quoted.

    Nothing is, where backups are switched off.
    """
    if given.get("enabled") is False:
        return []
    judges: dict[str, Callable[[Any], Any]] = {
        **{name: _engine(name, given) for name in JUDGED},
        "schedule": config_files.judge_nightly,
        "drill_schedule": lambda value: drill_schedule.text_of("stack", value),
    }
    return [found for name, judge in judges.items() if name in given for found in _told(name, judge, given[name])]


def _engine(name: str, given: Mapping[str, Any]) -> Callable[[Any], Any]:
    """How the engine judges one setting; copies are judged beside the repository that they are copies of."""
    first = str(given.get("repository") or "")
    beside = {"repository": first} if name == "copies" and first and not fault(first) else {}

    def judge(value: Any) -> None:
        if name == "repository" and not value:
            return
        config.from_dict({**REST, **beside, ENGINE_NAMES.get(name, name): value}, f"backup_{name}")
        if name == "copies":
            config_files.judge_passwords("any", value)

    return judge


def _told(name: str, judge: Callable[[Any], Any], value: Any) -> list[Problem]:
    setting = f"backup_{name}"
    try:
        judge(value)
    except config.PointError as error:
        said = str(error).removeprefix(f"{setting}: ").removeprefix(f"{setting}.")
        return [problem(setting, said.removeprefix(f"{name}: "), ADVICE)]
    except (AttributeError, TypeError, ValueError, KeyError):
        # Their words may hold the value.
        return [problem(setting, "it is of another form than it has to be", ADVICE)]
    return []
