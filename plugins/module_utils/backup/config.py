# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a stack's restore points are kept: ``/etc/<stack>/backup.json``, written by the backup role."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup.anomaly import Thresholds, thresholds
from ansible_collections.photosync.vps.plugins.module_utils.notify import notifications
from ansible_collections.photosync.vps.plugins.module_utils.notify.notifications import Notification
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import fault, same_place

FIRST = "first"
CHECK_DAYS, CHECK_PARTS = 7, 12
# restic tells the parts of a repository apart by the first byte of a name.
MOST_CHECK_PARTS = 256
# Minutes: a night that takes longer to begin is another night.
MOST_SPREAD = 12 * 60
# What the settings themselves say, and restic would take from its environment instead or as well.
OWN_VARIABLES = (
    "RESTIC_REPOSITORY",
    "RESTIC_REPOSITORY_FILE",
    "RESTIC_PASSWORD",
    "RESTIC_PASSWORD_FILE",
    "RESTIC_PASSWORD_COMMAND",
)
RETENTION_KEYS = ("keep_last", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly")


class PointError(Exception):
    """A restore point could not be made, found, trusted or restored; the message says what to do."""


class Mistaken(PointError):
    """Somebody asked in words that mean no point or place, which says nothing of those that there are."""


class Missing(PointError):
    """No backups are set up on this host."""


@dataclass(frozen=True)
class Settings:
    """One repository and what is kept in it; that of the first also says where its points are copied to.

    With ``read_only`` nothing is written there, locks neither: whoever only reads stands in nobody's way.
    """

    repository: str
    password_file: str
    host: str
    environment: Mapping[str, str] = field(default_factory=dict)
    retention: Mapping[str, int] = field(default_factory=dict)
    extra_paths: list[str] = field(default_factory=list)
    adopt: bool = False
    notifications: list[Notification] = field(default_factory=list)
    metrics_folder: str = ""
    check_days: int = CHECK_DAYS
    check_parts: int = CHECK_PARTS
    spread: int = 0
    append_only: bool = False
    suspect: Thresholds = field(default_factory=Thresholds)
    name: str = FIRST
    copies: list[Settings] = field(default_factory=list)
    read_only: bool = False

    def all(self) -> list[Settings]:
        """The first repository, then its copies, in the order of their numbers."""
        return [self, *self.copies]

    def at(self, wanted: str) -> Settings:
        """The repository that is called ``wanted``, by name or by number from 1; the first for an empty word."""
        known = self.all()
        meant = [one for number, one in enumerate(known, 1) if wanted in ("", one.name, str(number))]
        if not meant:
            names = ", ".join(f"{number} ({one.name})" for number, one in enumerate(known, 1))
            raise Mistaken(f"there is no repository {wanted!r}; known: {names}")
        return meant[0]


def path_of(stack: str) -> str:
    """Where the backup settings of ``stack`` lie."""
    return os.path.join("/etc", stack, "backup.json")


def load(path: str) -> Settings:
    """Read backup settings; raises PointError with what to do about it."""
    try:
        with open(path, encoding="utf-8") as stream:
            return from_dict(json.load(stream), path)
    except FileNotFoundError as error:
        raise Missing(f"no backups are set up here: {path} does not exist; run the backup playbook") from error
    except ValueError as error:
        raise PointError(f"{path} is not valid JSON ({error}); run the backup playbook to write it anew") from error


def from_dict(given: dict[str, Any], source: str = "backup settings") -> Settings:
    """Check and type the content of ``backup.json``."""
    first = _one(given, source, {})
    copies = [_one(copy, f"{source}: copy {number}", given) for number, copy in enumerate(given.get("copies") or [], 1)]
    names = [FIRST, *(copy.name for copy in copies)]
    for name in names[1:]:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or names.count(name) > 1:
            raise PointError(
                f"{source}: {name!r} cannot be a copy's name: use lower-case letters, digits and hyphens,"
                f" a letter first, and neither {FIRST!r} nor another copy's name"
            )
    places = [same_place(one.repository) for one in (first, *copies)]
    if len(set(places)) < len(places):
        raise PointError(f"{source}: the same repository is named twice, so it would be no copy")
    check = _only(given.get("check"), ("every_days", "parts"), f"{source}: check")
    return replace(
        first,
        copies=copies,
        notifications=_notifications(given, source),
        metrics_folder=_metrics_folder(given, source),
        check_days=_between(0, 365, check.get("every_days"), CHECK_DAYS, f"{source}: check.every_days"),
        check_parts=_between(1, MOST_CHECK_PARTS, check.get("parts"), CHECK_PARTS, f"{source}: check.parts"),
        spread=_between(0, MOST_SPREAD, given.get("schedule_spread"), 0, f"{source}: schedule_spread"),
    )


def _one(given: dict[str, Any], source: str, first: dict[str, Any]) -> Settings:
    """One repository; what a copy does not say is as in the first."""
    inherited: dict[str, Any] = {key: first[key] for key in ("password_file", "host", "adopt") if key in first}
    known: dict[str, Any] = {**inherited, **given}
    missing = [key for key in ("repository", "password_file", "host") if not known.get(key)]
    missing += [] if not first or known.get("name") else ["name"]
    if missing:
        raise PointError("{}: {} must be set".format(source, ", ".join(missing)))
    wrong = fault(str(known["repository"]))
    if wrong:
        raise PointError(f"{source}: repository: {wrong}")
    retention = first.get("retention") if known.get("retention") is None else known["retention"]
    return Settings(
        repository=known["repository"],
        password_file=known["password_file"],
        host=known["host"],
        environment=_environment(known.get("environment") or {}, source),
        retention=_retention(retention, source),
        extra_paths=_extra_paths(known.get("extra_paths"), source),
        adopt=_flag(known.get("adopt"), f"{source}: adopt"),
        append_only=_flag(known.get("append_only"), f"{source}: append_only"),
        suspect=_thresholds(known.get("suspect") or {}, source),
        name=known["name"] if first else FIRST,
    )


def _only(given: Any, known: Sequence[str], name: str) -> dict[str, Any]:
    """A dictionary with no other keys than these; one that nobody set is empty."""
    if not isinstance(given or {}, Mapping):
        raise PointError(f"{name} has to be a dictionary with {', '.join(known)}")
    # A dictionary with declared keys comes with those that nobody set, as None.
    said = {key: value for key, value in (given or {}).items() if value is not None}
    unknown = sorted(str(key) for key in set(said) - set(known))
    if unknown:
        raise PointError(f"{name}: unknown {', '.join(unknown)}; known: {', '.join(known)}")
    return said


def _retention(given: Any, source: str) -> dict[str, int]:
    """How many points each rule keeps. A rule that keeps none is one that somebody did not mean, or need not say."""
    said = _only(given, RETENTION_KEYS, f"{source}: retention")
    counts = {key: _number(value, f"{source}: retention.{key}") for key, value in said.items()}
    for key, count in counts.items():
        if count < 1:
            raise PointError(f"{source}: retention.{key} has to be 1 or more, not {count}; or leave it out")
    return counts


def _environment(given: Any, source: str) -> dict[str, str]:
    """Variables for restic; the values may be secrets, so none is quoted."""
    if not isinstance(given, Mapping):
        raise PointError(f"{source}: environment has to be a dictionary of variables")
    for name, value in given.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(name)):
            raise PointError(f"{source}: environment: {str(name)!r} cannot be the name of a variable")
        if name in OWN_VARIABLES:
            raise PointError(f"{source}: environment: {name} is set by repository and password; remove it")
        if not isinstance(value, (str, int, float)) or not str(value).strip() or "\0" in str(value):
            raise PointError(f"{source}: environment: {name} has to have a value, as one text")
    return {name: str(value) for name, value in given.items()}


def _extra_paths(given: Any, source: str) -> list[str]:
    if not isinstance(given or [], list):
        raise PointError(f"{source}: extra_paths has to be a list of whole paths")
    for path in given or []:
        if not str(path).startswith("/") or "\n" in str(path):
            raise PointError(f"{source}: extra_paths: {path!r} is no whole path, which begins with /")
    return list(given or [])


def _flag(given: Any, name: str) -> bool:
    """A truth value; the text "no" would be true."""
    if not isinstance(given or False, bool):
        raise PointError(f"{name} has to be true or false, not {given!r}")
    return bool(given)


def _number(given: Any, name: str) -> int:
    """A whole number, also one that is written as text."""
    if isinstance(given, bool) or not re.fullmatch(r"[+-]?[0-9]+", str(given)):
        raise PointError(f"{name} has to be a whole number, not {given!r}")
    return int(given)


def _thresholds(given: dict[str, Any], source: str) -> Thresholds:
    try:
        return thresholds(given)
    except ValueError as error:
        raise PointError(f"{source}: suspect: {error}") from error


def _notifications(given: dict[str, Any], source: str) -> list[Notification]:
    try:
        return notifications.parse(given.get("notifications") or [], given.get("on_failure") or [])
    except ValueError as error:
        raise PointError(f"{source}: {error}") from error


def _metrics_folder(given: dict[str, Any], source: str) -> str:
    folder = str(given.get("metrics_folder") or "")
    if folder and not os.path.isabs(folder):
        raise PointError(f"{source}: metrics_folder has to be a whole path, not {folder!r}")
    return folder


def _between(least: int, most: int, given: Any, usual: int, name: str) -> int:
    number = usual if given is None else _number(given, name)
    if not least <= number <= most:
        raise PointError(f"{name} has to be {least} to {most}, not {number}")
    return number
