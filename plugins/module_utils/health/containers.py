# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Containers watched through Docker's event stream: one stream for all of them, and inspect for what came before it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Callable, Optional

from ansible_collections.photosync.vps.plugins.module_utils.health import oom_cgroup
from ansible_collections.photosync.vps.plugins.module_utils.health.container_state import (
    Container,
    after,
    from_inspect,
    judge,
)
from ansible_collections.photosync.vps.plugins.module_utils.health.docker_cli import (
    PROJECT_LABEL,
    SERVICE_LABEL,
    Docker,
    EngineError,
    EventStream,
)
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Outcome
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import Target

RECONNECT_AFTER = 0.1
RECONNECT_CAP = 2.0

# What a look at one target found: a name and an outcome for each of its containers.
Found = list[tuple[str, Outcome]]


class Watch:
    """The containers of some targets, each target known by its number.

    ``report`` is called with a target's number and what was found, whenever that changed.
    """

    def __init__(self, targets: Mapping[int, Target], report: Callable[[int, Found], None], docker: Docker):
        self._targets = targets
        self._report = report
        self._docker = docker
        self._containers: dict[str, Container] = {}
        self._said: dict[int, Found] = {}
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._stream: Optional[EventStream] = None

    def follow(self) -> None:
        """Look, then report every change until ``stop``; a stream that ends is opened again."""
        pause = RECONNECT_AFTER
        while not self._stop.is_set():
            # The order matters: what happens from this moment on is in the stream, what happened before is in inspect.
            opened = time.time()
            stream = self._open(opened)
            if stream is None:
                return
            if self.look():
                self._read(stream)
            stream.close()
            self._stop.wait(pause)
            pause = RECONNECT_AFTER if time.time() - opened > RECONNECT_CAP else min(pause * 2, RECONNECT_CAP)

    def stop(self) -> None:
        """End ``follow``, from another thread."""
        self._stop.set()
        with self._lock:
            if self._stream is not None:
                self._stream.end()

    def _open(self, since: float) -> Optional[EventStream]:
        try:
            stream = self._docker.events(since)
        except EngineError as error:
            self._unanswered(error)
            return None
        with self._lock:
            self._stream = stream
            if self._stop.is_set():
                stream.end()
        return stream

    def _read(self, stream: EventStream) -> None:
        again = self._publish()
        while not self._stop.is_set():
            events = stream.read(again)
            if events is None:
                return
            # One by one: of a death and the new start that follows it at once, the death must be told.
            for event in events:
                unknown = self._apply(event)
                again = self._publish()
                if unknown and not self.look():
                    return
            again = self._publish()

    def _apply(self, event: Mapping[str, Any]) -> bool:
        """Take in one event; true when it is about a container that must be looked at first."""
        actor, action = event["Actor"], event.get("Action")
        identifier = actor.get("ID", "")
        known = self._containers.get(identifier)
        if action == "destroy":
            self._containers.pop(identifier, None)
            return False
        if known is not None:
            self._containers[identifier] = after(known, event)
        # Only inspect knows how often it was restarted, and what is true of a container not seen before.
        return (known is None or action in ("start", "rename")) and self._concerns(actor, identifier)

    def _concerns(self, actor: Mapping[str, Any], identifier: str) -> bool:
        attributes = actor.get("Attributes") or {}
        name = attributes.get("name", "")
        project, service = attributes.get(PROJECT_LABEL, ""), attributes.get(SERVICE_LABEL, "")
        return any(_selects(target, identifier, name, project, service) for target in self._targets.values())

    def look(self) -> bool:
        """Inspect all containers of all targets and report; false when Docker does not answer."""
        names = [target.container for target in self._targets.values() if target.container]
        projects = sorted({target.project for target in self._targets.values() if target.project})
        now = time.time()
        try:
            documents = self._docker.inspect(names, projects)
        except EngineError as error:
            self._unanswered(error)
            return False
        self._containers = {
            document["Id"]: replace(
                from_inspect(document, now, self._containers.get(document["Id"])), oom_kills=_oom_kills(document)
            )
            for document in documents
        }
        self._publish()
        return True

    def _unanswered(self, error: EngineError) -> None:
        for number, target in self._targets.items():
            self._tell(number, [(target.name, Outcome(False, "engine", str(error), final=error.final))])

    def _publish(self) -> Optional[float]:
        """Report what has changed; returns when to look at the clock again, in seconds."""
        now = time.time()
        waits: list[float] = []
        for number, target in self._targets.items():
            found = []
            for container in self._of(target):
                outcome, again = judge(container, now, target.min_uptime, target.restarts)
                waits += [] if again is None else [again]
                found.append((container, outcome))
            self._tell(number, _named(target, found))
        return min(waits) if waits else None

    def _tell(self, number: int, found: Found) -> None:
        if self._said.get(number) != found:
            self._said[number] = found
            self._report(number, found)

    def _of(self, target: Target) -> list[Container]:
        mine = [
            container
            for container in self._containers.values()
            if _selects(target, container.identifier, container.name, container.project, container.service)
            and not (target.project and container.one_off)
        ]
        return sorted(mine, key=lambda container: (container.service, container.number, container.name))


def _oom_kills(document: Mapping[str, Any]) -> Optional[int]:
    memory = oom_cgroup.read(document["State"].get("Pid") or 0, document["Id"])
    return memory.kills if memory else None


def _selects(target: Target, identifier: str, name: str, project: str, service: str) -> bool:
    if target.container:
        return target.container == name or (len(target.container) >= 12 and identifier.startswith(target.container))
    return project == target.project and target.service in ("", service)


def _named(target: Target, found: Sequence[tuple[Container, Outcome]]) -> Found:
    """Results are called like their target; those of a whole project like their services."""
    if not found:
        what = target.container or "/".join(filter(None, (target.project, target.service)))
        return [(target.name, Outcome(False, "missing", f"there is no container of {what}"))]
    services = [container.service for container, _outcome in found]
    named = []
    for container, outcome in found:
        name = target.name if target.container or target.service else container.service
        if services.count(container.service) > 1:
            name = f"{name}-{container.number}"
        named.append((name, outcome))
    return named
