# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of a deployment by photo-sync's own scripts, under the names that an inventory gives them.

What runs counts more than what a file says, since not every file was ever loaded; the files fill in what no container
knows. Passwords are not settings: the inventory's own replace them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import Found
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import environment_of

# In the order in which they count: what production was meant to be, then what was loaded unasked.
ENV_FILES = (".env.prod", ".env")
MEDIA_TARGET = "/data/photos"
LOG_LEVELS = {"debug": "debug", "info": "info", "warn": "warn", "warning": "warn", "error": "error"}
_PLACEHOLDER = re.compile(r"change[\s_-]?me|your[\s_.-]?domain|example\.(?:com|net|org)|^localhost|^:\d", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9.-]+")


@dataclass(frozen=True)
class Setting:
    """A variable of the inventory (a dot leads into a dictionary), its value, and where the value was found."""

    variable: str
    value: Any
    origin: str


def parse_env(text: str) -> dict[str, str]:
    """Variables in the text of an environment file, without quotes and comments; what cannot be read is left out."""
    found = {}
    for line in text.splitlines():
        match = re.match(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)", line)
        if match:
            found[match[1]] = _plain(match[2].strip())
    return found


def settings_of(found: Found, files: Mapping[str, Mapping[str, str]], immich_version: str = "") -> list[Setting]:
    """What an inventory has to say to mean the same.

    :param files: variables of the environment files, by file name.
    :param immich_version: the version of Immich that runs, empty when it cannot be told.
    """
    read = _Reader(found, files)
    settings = [
        read.first("stack_domain", "DOMAIN", ("caddy",), _domain),
        read.first("stack_acme_email", "ACME_EMAIL", ("caddy",), _real),
        _media(found) or read.first("stack_media_path", "MEDIA_PATH", (), _path),
        read.first("stack_log_level", "LOG_LEVEL", ("api-gateway", "grouping-service"), _log_level),
        read.first("stack_settings.phash_threshold", "PHASH_THRESHOLD", ("dedup-service",), _share),
        read.first("stack_settings.cache_expiry", "CACHE_EXPIRY", ("api-gateway",), _seconds),
    ]
    if immich_version:
        settings.append(Setting("stack_settings.immich_version", immich_version, "the image that immich-server runs"))
    return [setting for setting in settings if setting is not None]


class _Reader:
    """Looks for a variable in containers, then in files."""

    def __init__(self, found: Found, files: Mapping[str, Mapping[str, str]]):
        self.found = found
        self.files = files

    def first(self, variable: str, name: str, services: Iterable[str], convert: Any) -> Optional[Setting]:
        for value, origin in self._places(name, services):
            converted = convert(value)
            if converted is not None:
                return Setting(variable, converted, origin)
        return None

    def _places(self, name: str, services: Iterable[str]) -> Iterator[tuple[str, str]]:
        for service in services:
            container = self.found.of_service(service)
            value = environment_of(container).get(name, "") if container else ""
            if value:
                yield value, f"container of {service}"
        for file in ENV_FILES:
            if self.files.get(file, {}).get(name):
                yield self.files[file][name], file


def _media(found: Found) -> Optional[Setting]:
    """The folder that is mounted, whatever a file says."""
    for container in found.containers:
        for mount in container["Mounts"]:
            if mount["Type"] == "bind" and mount["Destination"] == MEDIA_TARGET:
                return Setting("stack_media_path", mount["Source"], "mounted in a container")
    return None


def _plain(value: str) -> str:
    """A value without quotes, and without the comment behind it."""
    try:
        return " ".join(shlex.split(value, comments=True))
    except ValueError:
        return value


def _real(value: str) -> Optional[str]:
    return None if not value or _PLACEHOLDER.search(value) else value


def _domain(value: str) -> Optional[str]:
    """A host name, also where the file has it as an address."""
    host = re.sub(r"^https?://", "", value).rstrip("/")
    return _real(host) if _HOST.fullmatch(host) else None


def _path(value: str) -> Optional[str]:
    return value.rstrip("/") if value.startswith("/") and value != "/" else None


def _log_level(value: str) -> Optional[str]:
    return LOG_LEVELS.get(value.lower())


def _share(value: str) -> Optional[float]:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None


def _seconds(value: str) -> Optional[int]:
    return int(value) if value.isdigit() else None
