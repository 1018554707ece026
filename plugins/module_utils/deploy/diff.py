# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a deployment will do to each service, and why: keep, reload, restart, create or remove it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.common import table
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import Container
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Service, Spec

KEEP, RELOAD, RESTART, CREATE, REMOVE = "keep", "reload", "restart", "create", "remove"


@dataclass(frozen=True)
class Step:
    """What becomes of one service. Why is empty when it is kept."""

    service: str
    action: str
    why: str = ""

    def as_dict(self) -> dict[str, str]:
        """For a module's result."""
        return {"service": self.service, "action": self.action, "why": self.why}


def plan(
    spec: Spec,
    containers: Sequence[Container],
    known: Iterable[Service] = (),
    proxy_changed: bool = False,
) -> list[Step]:
    """One step for each service of the release ``spec``, then one for each that it has no more.

    :param containers: the project's, as they are now.
    :param known: services as kept releases describe them, to tell what is different from what a container was made of.
    :param proxy_changed: whether the entry point has to read another configuration.
    """
    made_of = {(service.name, service.config.digest): service for service in known}
    found = {container.service: container for container in containers}
    front = spec.entry_point.service if spec.entry_point and proxy_changed else None
    steps = []
    for service in spec.services:
        container = found.pop(service.name, None)
        before = made_of.get((service.name, container.config)) if container else None
        step = _step(service, container, before)
        if step.action == KEEP and service.name == front:
            step = Step(service.name, RELOAD, "its configuration changes")
        steps.append(step)
    return steps + [Step(name, REMOVE, "the release has it no more") for name in sorted(found)]


def changes(steps: Iterable[Step]) -> list[Step]:
    """The steps that do something."""
    return [step for step in steps if step.action != KEEP]


def render(steps: Sequence[Step]) -> list[str]:
    """The plan as lines of a table."""
    return table.render(["service", "what", "why"], [[s.service, s.action, s.why] for s in steps]).splitlines()


def _step(service: Service, container: Optional[Container], before: Optional[Service]) -> Step:
    name = service.name
    if container is None:
        return Step(name, CREATE, "there is no container of it")
    if container.config != service.config.digest:
        return Step(name, RESTART, ", ".join(_differences(before, service)) if before else "made of another release")
    if service.job and container.state == "exited":
        return Step(name, KEEP) if container.finished else Step(name, RESTART, f"it failed ({container.status})")
    if container.state != "running":
        return Step(name, RESTART, f"it does not run ({container.state})")
    return Step(name, KEEP)


def _differences(before: Service, after: Service) -> list[str]:
    was, will = before.config.fields, after.config.fields
    names = sorted(name for name in {*was, *will} if was.get(name) != will.get(name))
    return [_difference(name, before, after) for name in names]


def _difference(name: str, before: Service, after: Service) -> str:
    if name == "image":
        return f"image {before.image} → {after.image}"
    if name not in before.config.fields:
        return name + " is new"
    return name + (" changes" if name in after.config.fields else " is gone")
