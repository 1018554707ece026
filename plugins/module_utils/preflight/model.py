# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack asks of its host, what was read there, and how an obstacle is told.

A problem is a dict with ``setting`` (what to change in the inventory), ``service`` (or None), ``message`` and ``fix``:
the same shape as the catalogue's own problems. A note has the same shape, and stands in nobody's way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.host.engine import DATA_ROOT, Engine
from ansible_collections.photosync.vps.plugins.module_utils.host.parts import Part
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Listener, Port
from ansible_collections.photosync.vps.plugins.module_utils.preflight.existing import Existing

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE

Problem = dict[str, Optional[str]]


@dataclass(frozen=True)
class Image:
    """An image that a service is made from; one to build with is pulled only where the ``built`` one is missing."""

    service: str
    image: str
    built: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why a registry does not hand out an image; ``whole`` where it is no matter of this image alone."""

    registry: str
    reason: str
    fix: str
    whole: bool = True


@dataclass(frozen=True)
class Request:
    """What the inventory wants of the host; ``daemon_options`` is None where the play leaves the engine's alone."""

    stack: str
    ports: Sequence[Port] = field(default_factory=tuple)
    images: Sequence[Image] = field(default_factory=tuple)
    media_path: str = ""
    media_services: Sequence[str] = field(default_factory=tuple)
    reservations: Mapping[str, int] = field(default_factory=dict)
    minimums: Mapping[str, int] = field(default_factory=dict)
    memory_reserve: int = 0
    docker_source: str = ""
    docker_version: str = ""
    host_settings: Mapping[str, str] = field(default_factory=dict)
    daemon_options: Optional[Mapping[str, Any]] = None
    free_disk: int = 0
    free_disk_later: int = 0
    domain: str = ""
    acme_ca_root: str = ""
    volumes: Sequence[str] = field(default_factory=tuple)
    adopting: str = ""
    restoring: bool = False
    backup_repositories: Sequence[str] = field(default_factory=tuple)
    backup_restic_needed: bool = False
    backup_restic_architectures: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Host:
    """What was read on the host."""

    uid: int = 0
    systemd: bool = True
    distribution: Mapping[str, str] = field(default_factory=dict)
    architecture: str = ""
    cpus: int = 1
    memory_bytes: int = 0
    packages: Mapping[str, str] = field(default_factory=dict)
    engine: Engine = field(default_factory=Engine)
    listeners: Sequence[Listener] = field(default_factory=tuple)
    refusals: Mapping[str, Refusal] = field(default_factory=dict)
    media: str = "directory"
    shadowed: str = ""
    disk_path: str = DATA_ROOT
    disk_free: int = 0
    deployed: bool = False
    part: Part = field(default_factory=lambda: Part(""))
    others: Sequence[Part] = field(default_factory=tuple)
    gone: Sequence[str] = field(default_factory=tuple)
    slice: str = ""
    addresses: Sequence[str] = field(default_factory=tuple)
    authority_fault: str = ""
    existing: Sequence[Existing] = field(default_factory=tuple)
    unfinished: bool = False
    half_restored: Sequence[str] = field(default_factory=tuple)
    backup_on_system_disk: Sequence[str] = field(default_factory=tuple)
    restic: Mapping[str, Any] = field(default_factory=lambda: {"version": "", "sufficient": True, "minimum": ""})


def problem(setting: str, message: str, fix: str, service: Optional[str] = None) -> Problem:
    """Describe one problem, or one note."""
    return {"setting": setting, "service": service, "message": message, "fix": fix}


def readable(number: int) -> str:
    """Return a number of bytes as people read it."""
    if number >= GIBIBYTE:
        return f"{number / GIBIBYTE:.1f} GiB"
    return f"{number / MEBIBYTE:.0f} MiB"
