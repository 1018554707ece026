# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a stack's restore points are kept: ``/etc/<stack>/backup.json``, written by the backup role."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RETENTION_KEYS = ("keep_last", "keep_daily", "keep_weekly", "keep_monthly", "keep_yearly")


class PointError(Exception):
    """A restore point could not be made, found, trusted or restored; the message says what to do."""


class Missing(PointError):
    """No backups are set up on this host."""


@dataclass(frozen=True)
class Settings:
    """One repository and what is kept in it."""

    repository: str
    password_file: str
    host: str
    environment: Mapping[str, str] = field(default_factory=dict)
    retention: Mapping[str, int] = field(default_factory=dict)
    extra_paths: list[str] = field(default_factory=list)
    adopt: bool = False
    on_failure: list[str] = field(default_factory=list)


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
    missing = [key for key in ("repository", "password_file", "host") if not given.get(key)]
    if missing:
        raise PointError("{}: {} must be set".format(source, ", ".join(missing)))
    retention = dict(given.get("retention") or {})
    unknown = sorted(set(retention) - set(RETENTION_KEYS))
    if unknown:
        raise PointError(
            "{}: unknown retention {}; known: {}".format(source, ", ".join(unknown), ", ".join(RETENTION_KEYS))
        )
    return Settings(
        repository=given["repository"],
        password_file=given["password_file"],
        host=given["host"],
        environment={key: str(value) for key, value in (given.get("environment") or {}).items()},
        retention={key: int(value) for key, value in retention.items()},
        extra_paths=list(given.get("extra_paths") or []),
        adopt=bool(given.get("adopt", False)),
        on_failure=list(given.get("on_failure") or []),
    )
