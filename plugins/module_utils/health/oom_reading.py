# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who knows of processes that were killed for lack of memory: the kernel's counters and log, the engine's events.

None of them is enough. A counter begins anew with each start of its container. The kernel's log goes back for days, but
not every virtual machine sees it. The engine keeps its last 256 events, of which health checks alone fill two minutes.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import quote

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.docker.api import ask, ask_lines
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import PROJECT_LABEL, SERVICE_LABEL
from ansible_collections.photosync.vps.plugins.module_utils.health import oom_cgroup
from ansible_collections.photosync.vps.plugins.module_utils.health.container_state import KILLED, moment

ANSWER_SECONDS = 20
# oom-kill:constraint=…,oom_memcg=<group whose limit was reached>,task_memcg=<group of the killed>,task=…,pid=…
_GROUPS = re.compile(r"(?:oom_memcg=(?P<limit>[^,]*),)?task_memcg=(?P<task>[^,]*),")
_IDENTIFIER = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Container:
    """A container of the stack.

    :param started: when its present life began, in seconds since 1970.
    :param limit: bytes of memory that it may take; None for no limit of its own.
    :param kills: what the kernel has counted since its start; None when it does not run.
    :param own_limit: whether that was for its own limit.
    :param died: when it was itself killed for lack of memory, as long as it lies dead.
    :param restarts: how often the engine has started it again.
    """

    identifier: str
    service: str
    started: float
    limit: Optional[int]
    kills: Optional[int]
    own_limit: bool
    died: Optional[float]
    restarts: int = 0


@dataclass(frozen=True)
class Kill:
    """One kill in a container.

    :param at: its moment, in seconds since 1970.
    :param own_limit: whether that was for the container's own limit; None when it is not known.
    """

    identifier: str
    at: float
    own_limit: Optional[bool] = None


@dataclass(frozen=True)
class Look:
    """All that is known at one moment: the containers, the kernel's log, the engine's events."""

    at: float
    containers: tuple[Container, ...]
    logged: tuple[Kill, ...]
    told: tuple[Kill, ...]


def look(stack: str, since: float) -> Optional[Look]:
    """Ask everybody; None when the engine does not answer.

    :param since: kills before this moment (seconds since 1970) need not be told again.
    """
    label = {"label": [f"{PROJECT_LABEL}={stack}"]}
    listed = ask("/containers/json?all=true&filters=" + quote(json.dumps(label)))
    if listed is None:
        return None
    # In this order: a kill between two of these is in one of them, and the moment is that of the last.
    documents = [ask(f"/containers/{each['Id']}/json") for each in listed]
    containers = tuple(container_of(document) for document in documents if document)
    logged = tuple(kernel_log(since))
    now = time.time()
    filters = quote(json.dumps({**label, "event": ["oom"]}))
    events = ask_lines(f"/events?since={since:.6f}&until={now:.6f}&filters={filters}")
    return Look(now, containers, logged, tuple(kill_of_event(event) for event in events))


def container_of(document: dict[str, Any]) -> Container:
    """Read what the engine says of a container, and with it what the kernel does."""
    state, identifier = document["State"], document["Id"]
    memory = oom_cgroup.read(state.get("Pid") or 0, identifier)
    killed = state.get("OOMKilled") and state.get("ExitCode") == KILLED and not state.get("Running")
    return Container(
        identifier=identifier,
        service=(document["Config"].get("Labels") or {}).get(SERVICE_LABEL, ""),
        started=moment(state.get("StartedAt", "")),
        limit=document["HostConfig"].get("Memory") or None,
        kills=memory.kills if memory else None,
        own_limit=memory.own_limit if memory else True,
        died=moment(state.get("FinishedAt", "")) if killed else None,
        restarts=int(document.get("RestartCount") or 0),
    )


def kill_of_event(event: dict[str, Any]) -> Kill:
    """Read one ``oom`` event of the engine, which does not say whose limit it was."""
    return Kill(event["Actor"]["ID"], event["timeNano"] / 1e9)


def kernel_log(since: float) -> Iterator[Kill]:
    """Kills that the kernel has logged, of any container; none where the log cannot be read."""
    command = ["journalctl", "--quiet", "--no-pager", "--output=json", "--output-fields=MESSAGE"]
    try:
        done = run(
            [*command, f"--since=@{since:.0f}", "--grep=^oom-kill:", "_TRANSPORT=kernel"],
            timeout=ANSWER_SECONDS,
            # Nothing found is an exit code too.
            check=False,
        )
    except CommandFailed:
        return
    for line in done.stdout.splitlines():
        yield from kill_of_record(line)


def kill_of_record(line: str) -> Iterator[Kill]:
    """Read one record of the journal, if it is about a process in a container."""
    try:
        record = json.loads(line)
        at = int(record["__REALTIME_TIMESTAMP"]) / 1e6
        groups = _GROUPS.search(record["MESSAGE"])
    except (ValueError, KeyError, TypeError):
        return
    killed = _IDENTIFIER.search(groups["task"]) if groups else None
    if groups and killed:
        yield Kill(killed[0], at, killed[0] in (groups["limit"] or ""))
