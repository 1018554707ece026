# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a stack's restore points are kept: ``/etc/<stack>/backup.json``, written by the backup role."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import config_values as values
from ansible_collections.photosync.vps.plugins.module_utils.backup.anomaly import Thresholds
from ansible_collections.photosync.vps.plugins.module_utils.notify.notifications import Notification
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import same_place

FIRST = "first"
REQUIRED = ("repository", "password_file", "host")
# What each repository has for itself, and what a copy takes from the first where it says nothing.
OF_EACH = ("repository", "password_file", "environment", "retention", "append_only")
INHERITED = ("password_file", "host", "adopt_repository", "retention")
# What a file that an earlier version wrote calls otherwise.
FORMER = {"adopt": "adopt_repository"}
# Minutes: a night that takes longer to begin is another night.
MOST_SPREAD = 12 * 60


class PointError(Exception):
    """A restore point could not be made, found, trusted or restored; the message says what to do."""


class Mistaken(PointError):
    """Somebody asked in words that mean no point or place, which says nothing of those that there are."""


class Missing(PointError):
    """No backups are set up on this host."""


def _read(reader: values.Reader) -> dict[str, Any]:
    """What a field that the settings name knows besides: how its value is read."""
    return {"read": reader}


@dataclass(frozen=True)
class Settings:
    """One repository and what is kept in it; that of the first also says where its points are copied to.

    A setting of the role backup that the host has to know is a field here, under the role's name for it without
    ``backup_``: that is enough for it to be handed over, judged by preflight, and written. With ``read_only`` nothing
    is written to the repository, locks neither: whoever only reads stands in nobody's way.
    """

    repository: str = field(metadata=_read(values.address))
    password_file: str = field(metadata=_read(values.text))
    host: str = field(metadata=_read(values.text))
    environment: Mapping[str, str] = field(metadata=_read(values.environment), default_factory=dict)
    retention: Mapping[str, int] = field(metadata=_read(values.retention), default_factory=dict)
    append_only: bool = field(metadata=_read(values.flag), default=False)
    name: str = FIRST
    copies: list[Settings] = field(metadata=_read(values.entries), default_factory=list)
    enabled: bool = field(metadata=_read(values.flag), default=True)
    adopt_repository: bool = field(metadata=_read(values.flag), default=False)
    extra_paths: list[str] = field(metadata=_read(values.paths), default_factory=list)
    suspect: Thresholds = field(metadata=_read(values.suspicion), default_factory=Thresholds)
    notifications: list[Notification] = field(metadata=_read(values.told), default_factory=list)
    on_failure: list[Notification] = field(metadata=_read(values.told_of_failure), default_factory=list)
    metrics_folder: str = field(metadata=_read(values.folder), default="")
    check: values.Check = field(metadata=_read(values.check), default_factory=values.Check)
    schedule: str = field(metadata=_read(values.nightly), default="")
    schedule_spread: int = field(metadata=_read(values.between(0, MOST_SPREAD)), default=0)
    drill_schedule: str = field(metadata=_read(values.drills), default="")
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


READERS: dict[str, values.Reader] = {one.name: one.metadata["read"] for one in fields(Settings) if one.metadata}


def from_dict(given: Mapping[str, Any], source: str = "backup settings") -> Settings:
    """Check and type the content of ``backup.json``; what is no field of Settings is somebody else's."""
    said = {FORMER.get(name, name): value for name, value in given.items() if value is not None}
    try:
        first = _one({key: value for key, value in said.items() if key not in ("name", "copies")}, source)
        entries = values.entries(said.get("copies"), f"{source}: copies")
        copies = [_copy(copy, said, f"{source}: copy {number}") for number, copy in enumerate(entries, 1)]
        _judge_copies(first, copies, source)
    except ValueError as error:
        raise PointError(str(error)) from error
    return replace(first, copies=copies, notifications=[*first.notifications, *first.on_failure])


def _one(said: Mapping[str, Any], source: str, required: tuple[str, ...] = REQUIRED) -> Settings:
    missing = [key for key in required if not said.get(key)]
    if missing:
        raise ValueError(f"{source}: {', '.join(missing)} must be set")
    read = {key: READERS[key](value, f"{source}: {key}") for key, value in said.items() if key in READERS}
    return Settings(**read, name=said.get("name", FIRST))


def _copy(given: Mapping[str, Any], first: Mapping[str, Any], source: str) -> Settings:
    """A repository that points are copied to; what it does not say is as in the first."""
    own = {key: value for key, value in given.items() if value is not None and key in ("name", *OF_EACH)}
    inherited = {key: first[key] for key in INHERITED if key in first}
    return _one({**inherited, **own}, source, (*REQUIRED, "name"))


def _judge_copies(first: Settings, copies: list[Settings], source: str) -> None:
    names = [FIRST, *(copy.name for copy in copies)]
    for name in names[1:]:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name) or names.count(name) > 1:
            raise ValueError(
                f"{source}: {name!r} cannot be a copy's name: use lower-case letters, digits and hyphens,"
                f" a letter first, and neither {FIRST!r} nor another copy's name"
            )
    places = [same_place(one.repository) for one in (first, *copies)]
    if len(set(places)) < len(places):
        raise ValueError(f"{source}: the same repository is named twice, so it would be no copy")
