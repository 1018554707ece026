# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of a deployment that is to be taken over, and the journal in which an adoption keeps that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import SERVICE_LABEL, containers
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import Inspected, inspect
from ansible_collections.photosync.vps.plugins.module_utils.preflight.existing import (
    Existing,
    journal_path,
    read_existing,
)
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import BEGUN, DONE, Event, Journal


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


def journal_of(stack: str) -> Journal:
    """What an adoption has found and done, beside its safety copy, until it is finished or taken back.

    It holds secrets of the old containers: only root reads it.
    """
    journal = Journal(journal_path(stack), _earlier, synced=True)
    if journal.unreadable:
        raise AdoptionError(f"{journal.path} cannot be read, so that nobody knows how far the adoption came")
    return journal


def under_way(journal: Journal) -> bool:
    """Whether an adoption has touched the old deployment. Before that it can as well begin anew."""
    return bool(journal.facts.get("touched"))


def going_back(journal: Journal) -> bool:
    """Whether somebody has begun to take an adoption back: that has to end before anything else is done."""
    return bool(journal.facts.get("going_back"))


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


def _earlier(noted: dict[str, Any]) -> list[Event]:
    """The events that say the same as a journal of the version before."""
    facts = {name: value for name, value in noted.items() if name != "done"}
    done = [{"event": DONE, "step": step, "at": "", "seconds": 0.0, "result": {}} for step in noted["done"]]
    return [{"event": BEGUN, "facts": facts}, *done]


def _inspected(existing: Existing) -> Found:
    ids = [container.id for container in containers(existing.project)]
    return Found(existing, inspect("container", ids), inspect("network", existing.networks))
