# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a stack's restore points are kept: ``/etc/<stack>/backup.json``, written by the backup role."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.points import notifications
from ansible_collections.photosync.vps.plugins.module_utils.points.notifications import Notification
from ansible_collections.photosync.vps.plugins.module_utils.points.suspicion import Thresholds, thresholds

FIRST = "first"
CHECK_DAYS, CHECK_PARTS = 7, 12
# restic tells the parts of a repository apart by the first byte of a name.
MOST_CHECK_PARTS = 256
# Minutes: a night that takes longer to begin is another night.
MOST_SPREAD = 12 * 60
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
    places = [first.repository, *(copy.repository for copy in copies)]
    if len(set(places)) < len(places):
        raise PointError(f"{source}: the same repository is named twice, so it would be no copy")
    check = given.get("check") or {}
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
    retention = known.get("retention")
    retention = dict((first.get("retention") if retention is None else retention) or {})
    unknown = sorted(set(retention) - set(RETENTION_KEYS))
    if unknown:
        raise PointError(
            "{}: unknown retention {}; known: {}".format(source, ", ".join(unknown), ", ".join(RETENTION_KEYS))
        )
    return Settings(
        repository=known["repository"],
        password_file=known["password_file"],
        host=known["host"],
        environment={key: str(value) for key, value in (known.get("environment") or {}).items()},
        # A dictionary with declared keys comes with those that nobody set, as None.
        retention={key: int(value) for key, value in retention.items() if value is not None},
        extra_paths=list(known.get("extra_paths") or []),
        adopt=bool(known.get("adopt", False)),
        append_only=bool(known.get("append_only", False)),
        suspect=_thresholds(known.get("suspect") or {}, source),
        name=known["name"] if first else FIRST,
    )


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
    folder = given.get("metrics_folder") or ""
    if folder and not os.path.isabs(folder):
        raise PointError(f"{source}: metrics_folder has to be a whole path, not {folder!r}")
    return folder


def _between(least: int, most: int, given: Any, usual: int, name: str) -> int:
    number = usual if given is None else int(given)
    if not least <= number <= most:
        raise PointError(f"{name} has to be {least} to {most}, not {number}")
    return number
