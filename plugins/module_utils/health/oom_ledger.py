# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kills for lack of memory, remembered from look to look: what the kernel counts of a container ends with its life."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common import state
from ansible_collections.photosync.vps.plugins.module_utils.health.oom_reading import Container, Kill, Look

SCHEMA = 1
HOUR = 3600
DAY = 24 * HOUR
# So far back the kernel's log is read, and single hours are remembered; the total has no end.
HISTORY = 7 * DAY

Ledger = dict[str, Any]
Entry = dict[str, Any]


def path_of(state_dir: str) -> str:
    """Where a stack's ledger lies."""
    return os.path.join(state_dir, "oom.json")


def load(path: str, now: float) -> Ledger:
    """The ledger; a new one where there is none, or none that can be read."""
    kept = state.read(path)
    if isinstance(kept, dict) and kept.get("schema") == SCHEMA:
        return kept
    return {"schema": SCHEMA, "since": now, "looked": now - HISTORY, "containers": {}, "services": {}}


def save(path: str, kept: Ledger) -> None:
    """Keep the ledger for the next look."""
    state.write(path, kept)


def observe(kept: Ledger, look: Look) -> Ledger:
    """The ledger after one more look."""
    present = {container.identifier: container for container in look.containers if container.service}
    containers = {
        identifier: entry
        for identifier, entry in kept["containers"].items()
        if identifier in present or entry["seen"] > look.at - HISTORY
    }
    services = {name: _young(entry, look.at) for name, entry in kept["services"].items()}
    for identifier in dict.fromkeys([*containers, *present]):
        told = _told(identifier, look, kept["looked"])
        container, before = present.get(identifier), containers.get(identifier)
        kills = told
        if container:
            counted = before["kills"] if before and before["started"] == container.started else 0
            kills = _certain(container, told, counted, look.at, kept["looked"])
            containers[identifier] = _entry(container, look.at, counted, kills)
        service = containers[identifier]["service"]
        services[service] = _added(services.get(service), kills, container)
    starts = [container.started for container in present.values() if container.started]
    return {
        **kept,
        "since": min([kept["since"], *starts]),
        "looked": look.at,
        "containers": containers,
        "services": {name: entry for name, entry in services.items() if entry["total"]},
    }


def _told(identifier: str, look: Look, since: float) -> list[Kill]:
    """Kills of a container since the last look, from the kernel's log, or where that says nothing from the events."""
    logged, told = (
        [kill for kill in source if kill.identifier == identifier and since < kill.at <= look.at]
        for source in (look.logged, look.told)
    )
    return logged or told


def _certain(container: Container, told: Sequence[Kill], counted: int, now: float, since: float) -> list[Kill]:
    """Kills since the last look, with those that only a number tells of as well: they are noticed now.

    The kernel's counter is right about the present life. The events are not always: when the group above runs out of
    memory, version 1 of cgroups has the engine announce it of survivors too.
    """
    if container.kills is None:
        dead = container.died is not None and container.died > since
        return list(told) or ([Kill(container.identifier, container.died or now)] if dead else [])
    more = max(0, container.kills - counted)
    earlier = [kill for kill in told if kill.at < container.started]
    present = [kill for kill in told if kill.at >= container.started][:more]
    return [*earlier, *present, *[Kill(container.identifier, now)] * (more - len(present))]


def _entry(container: Container, now: float, counted: int, kills: Sequence[Kill]) -> Entry:
    """What is remembered of a container: how many kills of its present life are in the ledger by now."""
    return {
        "service": container.service,
        "started": container.started,
        "kills": counted + sum(kill.at >= container.started for kill in kills),
        "seen": now,
    }


def _young(service: Entry, now: float) -> Entry:
    return {**service, "hours": [hour for hour in service["hours"] if hour["last"] > now - HISTORY]}


def _added(service: Optional[Entry], kills: Sequence[Kill], container: Optional[Container]) -> Entry:
    """By the hour: a service that loops must not make the ledger grow without end."""
    service = service or {"total": 0, "hours": []}
    hours = {int(hour["last"] // HOUR): dict(hour) for hour in service["hours"]}
    for kill in sorted(kills, key=lambda kill: kill.at):
        own_limit = _own_limit(kill, container)
        hour = hours.setdefault(int(kill.at // HOUR), {"count": 0})
        hour.update(last=kill.at, count=hour["count"] + 1, own_limit=own_limit)
    return {"total": service["total"] + len(kills), "hours": [hours[number] for number in sorted(hours)]}


def _own_limit(kill: Kill, container: Optional[Container]) -> bool:
    """Whether it was for the container's own limit; where nobody knows, that is what is likely."""
    if kill.own_limit is not None:
        return kill.own_limit
    return container.own_limit if container and kill.at >= container.started else True
