# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of a deployment that is to be taken over: its project, and its containers as the engine has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import SERVICE_LABEL, containers
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import Inspected, inspect
from ansible_collections.photosync.vps.plugins.module_utils.preflight.existing import Existing, read_existing


class AdoptionError(Exception):
    """The deployment cannot be taken over, or not any further; the message says why and what to do."""


@dataclass(frozen=True)
class Found:
    """A deployment; containers and networks are what ``docker inspect`` says of them, secrets included."""

    existing: Existing
    containers: list[Inspected] = field(default_factory=list)
    networks: list[Inspected] = field(default_factory=list)

    @property
    def project(self) -> str:
        """Its Compose project."""
        return self.existing.project

    def of_service(self, service: str) -> Optional[Inspected]:
        """The container of a service, None when there is none."""
        return next((one for one in self.containers if service_of(one) == service), None)

    def user_of(self, volume: str) -> Optional[Inspected]:
        """The container that mounts a volume, by the engine's name; None when there is none."""
        mounting = (one for one in self.containers if volume in [mount.get("Name") for mount in one["Mounts"]])
        return next(mounting, None)


def gather(stack: str, names: Sequence[str], project: str = "") -> list[Found]:
    """The deployments on this host that ``stack`` could take over; with ``project`` that one alone."""
    found = read_existing(stack, names, project)
    return [_inspected(one) for one in found if project in ("", one.project)]


def to_json(found: Found) -> dict[str, Any]:
    """In a form that can be written down."""
    return asdict(found)


def from_json(noted: dict[str, Any]) -> Found:
    """What :func:`to_json` wrote down."""
    return Found(Existing(**noted["existing"]), noted["containers"], noted["networks"])


def service_of(container: Inspected) -> str:
    """The Compose service of a container."""
    return (container["Config"].get("Labels") or {}).get(SERVICE_LABEL, "")


def _inspected(existing: Existing) -> Found:
    ids = [container.id for container in containers(existing.project)]
    return Found(existing, inspect("container", ids), inspect("network", existing.networks))
