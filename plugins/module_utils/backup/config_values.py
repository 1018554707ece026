# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the value of a backup setting is read: typed, or a ValueError that begins with the setting's name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.photosync.vps.plugins.module_utils.backup.anomaly import Thresholds, thresholds
from ansible_collections.photosync.vps.plugins.module_utils.backup.retention import RULES
from ansible_collections.photosync.vps.plugins.module_utils.common import cron
from ansible_collections.photosync.vps.plugins.module_utils.notify import notifications
from ansible_collections.photosync.vps.plugins.module_utils.notify.notifications import Notification
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import fault

# A value as it was written, and what it is called in a message.
Reader = Callable[[Any, str], Any]

# restic tells the parts of a repository apart by the first byte of a name.
MOST_CHECK_PARTS = 256
# What the settings themselves say, and restic would take from its environment instead or as well.
OWN_VARIABLES = (
    "RESTIC_REPOSITORY",
    "RESTIC_REPOSITORY_FILE",
    "RESTIC_PASSWORD",
    "RESTIC_PASSWORD_FILE",
    "RESTIC_PASSWORD_COMMAND",
)
RETENTION_KEYS = ("keep_last", *(rule for rule, _period in RULES))
# A nightly job is told when: cron's usual words would make a point every minute.
NIGHTLY = {"hour": "", "minute": ""}
DRILL = {"minute": "0", "hour": "0"}


@dataclass(frozen=True)
class Check:
    """How repositories are read anew: one part every so many days, never for 0, and how many parts make the whole."""

    every_days: int = 7
    parts: int = 12


def text(given: Any, name: str) -> str:
    """What is a text however it was written."""
    return str(given)


def flag(given: Any, name: str) -> bool:
    """A truth value; the text "no" would be true."""
    if not isinstance(given or False, bool):
        raise ValueError(f"{name} has to be true or false, not {given!r}")
    return bool(given)


def number(given: Any, name: str) -> int:
    """A whole number, also one that is written as text."""
    if isinstance(given, bool) or not re.fullmatch(r"[+-]?[0-9]+", str(given)):
        raise ValueError(f"{name} has to be a whole number, not {given!r}")
    return int(given)


def between(least: int, most: int) -> Reader:
    """A reader of whole numbers within bounds."""

    def read(given: Any, name: str) -> int:
        found = number(given, name)
        if not least <= found <= most:
            raise ValueError(f"{name} has to be {least} to {most}, not {found}")
        return found

    return read


def address(given: Any, name: str) -> str:
    """Where a repository is. It may hold a password, so it is not quoted."""
    wrong = fault(str(given))
    if wrong:
        raise ValueError(f"{name}: {wrong}")
    return str(given)


def environment(given: Any, name: str) -> dict[str, str]:
    """Variables for restic; the values may be secrets, so none is quoted."""
    if not isinstance(given or {}, Mapping):
        raise ValueError(f"{name} has to be a dictionary of variables")
    for variable, value in (given or {}).items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(variable)):
            raise ValueError(f"{name}: {str(variable)!r} cannot be the name of a variable")
        if variable in OWN_VARIABLES:
            raise ValueError(f"{name}: {variable} is set by repository and password; remove it")
        if not isinstance(value, (str, int, float)) or not str(value).strip() or "\0" in str(value):
            raise ValueError(f"{name}: {variable} has to have a value, as one text")
    return {variable: str(value) for variable, value in (given or {}).items()}


def retention(given: Any, name: str) -> dict[str, int]:
    """How many points each rule keeps. A rule that keeps none is one that somebody did not mean, or need not say."""
    counts = {key: number(value, f"{name}.{key}") for key, value in _only(given, RETENTION_KEYS, name).items()}
    for key, count in counts.items():
        if count < 1:
            raise ValueError(f"{name}.{key} has to be 1 or more, not {count}; or leave it out")
    return counts


def paths(given: Any, name: str) -> list[str]:
    """Files and folders of the host."""
    if not isinstance(given or [], list):
        raise ValueError(f"{name} has to be a list of whole paths")
    for path in given or []:
        if not str(path).startswith("/") or "\n" in str(path):
            raise ValueError(f"{name}: {path!r} is no whole path, which begins with /")
    return list(given or [])


def entries(given: Any, name: str) -> list[Mapping[str, Any]]:
    """A list of dictionaries; it may hold secrets, so it is not quoted."""
    if not isinstance(given or [], list) or not all(isinstance(one, Mapping) for one in given or []):
        raise ValueError(f"{name} has to be a list of dictionaries")
    return list(given or [])


def folder(given: Any, name: str) -> str:
    """A folder of the host, or none."""
    if given and not os.path.isabs(str(given)):
        raise ValueError(f"{name} has to be a whole path, not {str(given)!r}")
    return str(given)


def suspicion(given: Any, name: str) -> Thresholds:
    """When a new point is suspect."""
    try:
        return thresholds(given or {})
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def check(given: Any, name: str) -> Check:
    """How repositories are read anew."""
    bounds = {"every_days": between(0, 365), "parts": between(1, MOST_CHECK_PARTS)}
    said = _only(given, tuple(bounds), name)
    return Check(**{key: bounds[key](value, f"{name}.{key}") for key, value in said.items()})


def told(given: Any, name: str) -> list[Notification]:
    """Who is told of what."""
    try:
        return notifications.parse(given or [], [])
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def told_of_failure(given: Any, name: str) -> list[Notification]:
    """A command that is told of failures."""
    try:
        return notifications.parse([], given or [])
    except ValueError as error:
        raise ValueError(f"{name}{str(error).removeprefix('on_failure')}") from error


def nightly(given: Any, name: str) -> str:
    """When cron makes restore points, as the fields of its line: it ignores a line that it does not understand."""
    example = "write it like {hour: 3, minute: 10}"
    unknown = sorted(set(given) - set(NIGHTLY))
    if unknown:
        raise ValueError(f"{name}: unknown {', '.join(unknown)}; known: {', '.join(NIGHTLY)}; {example}")
    return _cron(given, NIGHTLY, name, example)


def drills(given: Any, name: str) -> str:
    """When cron drills, as the fields of its line; empty where nothing is said, for never.

    A field that is not set means every one, but minute and hour 0.
    """
    if all(value is None for value in given.values()):
        return ""
    return _cron(given, DRILL, name, "write it like {day: 1, hour: 5}")


def _cron(given: Any, usual: Mapping[str, str], name: str, example: str) -> str:
    try:
        return cron.line_of(given, usual)
    except ValueError as error:
        raise ValueError(f"{name}: {error}; {example}") from error


def _only(given: Any, known: Sequence[str], name: str) -> dict[str, Any]:
    """A dictionary with no other keys than these; one that nobody set is empty."""
    if not isinstance(given or {}, Mapping):
        raise ValueError(f"{name} has to be a dictionary with {', '.join(known)}")
    said = {key: value for key, value in (given or {}).items() if value is not None}
    unknown = sorted(str(key) for key in set(said) - set(known))
    if unknown:
        raise ValueError(f"{name}: unknown {', '.join(unknown)}; known: {', '.join(known)}")
    return said
