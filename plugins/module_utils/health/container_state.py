# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A container's state as inspect and events tell it, and whether that is healthy. Pure: nothing here asks Docker."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.health.docker_cli import PROJECT_LABEL, SERVICE_LABEL
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Outcome, readable

# Docker itself takes a container that ran this long for one that works: it then restarts it without waiting.
SETTLED_AFTER = 10.0
KILLED = 137
# datetime reads neither nanoseconds nor, before Python 3.11, a Z.
_MOMENT = re.compile(r"(?P<seconds>[-0-9]{10}T[:0-9]{8})(?P<fraction>\.\d+)?(?P<zone>Z|[-+]\d\d:\d\d)")


@dataclass(frozen=True)
class Container:
    """What is known of one container.

    :param deaths: times it died while it was watched, unasked.
    :param asked: somebody signalled or stopped it since its last start: what follows is no crash.
    :param short_lives: times in a row that it died soon after its start, those before the watch included.
    :param oom_kills: processes in it that the kernel had killed for lack of memory when it was looked at, if known.
    """

    identifier: str
    name: str
    project: str
    service: str
    number: str
    depends_on: tuple[str, ...]
    one_off: bool
    policy: str
    policy_limit: int
    has_check: bool
    status: str
    health: str
    exit_code: int
    failure: str
    restarts: int
    started: float
    oom_death: bool
    asked: bool
    deaths: int
    short_lives: int
    last_probe: str
    oom_seen: bool = False
    oom_kills: Optional[int] = None

    @property
    def comes_back(self) -> bool:
        """Will Docker start it again by itself after its last exit?"""
        if self.policy == "on-failure":
            return self.exit_code != 0 and not (self.policy_limit and self.restarts >= self.policy_limit)
        return self.policy in ("always", "unless-stopped")

    @property
    def facts(self) -> dict[str, Any]:
        """What a result says of it besides its verdict."""
        return {
            "container": self.name,
            "project": self.project,
            "service": self.service,
            "state": self.status,
            "exit_code": None if self.status in ("running", "created", "paused") else self.exit_code,
            "oom_killed": self.oom_death,
            "oom_kills": self.oom_kills,
            "restarts": self.restarts,
            "last_probe": self.last_probe,
            "depends_on": list(self.depends_on),
        }


def from_inspect(document: Mapping[str, Any], now: float, known: Optional[Container] = None) -> Container:
    """Read one document of ``docker inspect``; what was counted of a ``known`` container goes on being counted."""
    state, config = document["State"], document["Config"]
    labels = config.get("Labels") or {}
    policy = document["HostConfig"].get("RestartPolicy") or {}
    health = state.get("Health") or {}
    status, restarts = state["Status"], int(document.get("RestartCount") or 0)
    started = moment(state.get("StartedAt", ""))
    fresh = status == "restarting" or (status == "running" and now - started < SETTLED_AFTER)
    exit_code = int(state.get("ExitCode") or 0)
    return Container(
        identifier=document["Id"],
        name=document["Name"].lstrip("/"),
        project=labels.get(PROJECT_LABEL, ""),
        service=labels.get(SERVICE_LABEL, ""),
        number=labels.get("com.docker.compose.container-number", "1"),
        depends_on=_services(labels.get("com.docker.compose.depends_on", "")),
        one_off=labels.get("com.docker.compose.oneoff", "") == "True",
        policy=policy.get("Name") or "no",
        policy_limit=int(policy.get("MaximumRetryCount") or 0),
        has_check=health.get("Status", "none") != "none",
        status=status,
        health=health.get("Status", "none"),
        exit_code=exit_code,
        failure=readable(state.get("Error") or ""),
        restarts=restarts,
        started=started,
        # The flag is also set on survivors when a group above them runs out of memory: believed only of the dead.
        oom_death=bool(state.get("OOMKilled")) and exit_code == KILLED and status in ("exited", "restarting", "dead"),
        asked=bool(known and known.asked and status == "exited"),
        deaths=known.deaths if known else 0,
        short_lives=max(restarts if fresh else 0, known.short_lives if known else 0),
        last_probe=_last_probe(health),
    )


def _services(label: str) -> tuple[str, ...]:
    """Compose writes ``service:condition:restart`` for each, divided by commas."""
    return tuple(part.split(":")[0] for part in label.split(",") if part)


def _last_probe(health: Mapping[str, Any]) -> str:
    log = health.get("Log") or []
    if not log:
        return ""
    said = readable(log[-1].get("Output") or "") or "no output"
    return "exit code {0}: {1}".format(log[-1].get("ExitCode"), said)


def moment(text: str) -> float:
    """Docker's way of writing times, as seconds since 1970."""
    if text.startswith("0001-"):  # its zero
        return 0.0
    match = _MOMENT.fullmatch(text)
    if not match:
        return 0.0
    zone = match["zone"].replace("Z", "+0000")
    seconds = datetime.datetime.strptime(match["seconds"] + zone, "%Y-%m-%dT%H:%M:%S%z").timestamp()
    return seconds + float("0" + (match["fraction"] or ""))


def after(container: Container, event: Mapping[str, Any]) -> Container:
    """The container after one event of ``docker events``."""
    action, _colon, said = str(event.get("Action", "")).partition(":")
    at = int(event.get("timeNano") or 0) / 1e9
    if action == "health_status":
        return replace(container, has_check=True, health=said.strip())
    if action == "start":
        health = "starting" if container.has_check else "none"
        return replace(
            container, status="running", health=health, started=at, oom_seen=False, oom_death=False, asked=False
        )
    if action == "die":
        return _died(container, at, event["Actor"].get("Attributes") or {})
    if action == "oom":
        return replace(container, oom_seen=True)
    if action == "kill":
        return replace(container, asked=True)
    if action == "stop":
        return replace(container, asked=True, status="exited")
    if action in ("pause", "unpause"):
        return replace(container, status="paused" if action == "pause" else "running")
    return container


def _died(container: Container, at: float, attributes: Mapping[str, Any]) -> Container:
    code = str(attributes.get("exitCode", ""))
    dead = replace(container, exit_code=int(code) if code.isdigit() else 0)
    if not container.asked:
        lives = container.short_lives + 1 if at - container.started < SETTLED_AFTER else 1
        dead = replace(dead, deaths=container.deaths + 1, short_lives=lives)
    return replace(
        dead,
        status="restarting" if dead.comes_back else "exited",
        oom_death=dead.oom_seen and dead.exit_code == KILLED,
    )


def judge(container: Container, now: float, min_uptime: float, restarts: int) -> tuple[Outcome, Optional[float]]:
    """Is it healthy? And when to ask again though nothing has happened, as seconds from now."""
    facts = container.facts
    if container.status == "running":
        return _judge_running(container, now, min_uptime)
    if container.oom_death:
        return _ended("oom", "killed for lack of memory (exit code 137)", container), None
    if container.status in ("exited", "restarting") and max(container.deaths, container.short_lives) > restarts:
        times = max(container.restarts, container.short_lives)
        message = f"restart loop: exit code {container.exit_code}, started again {times} times"
        return _ended("looping", message, container), None
    if container.status == "exited":
        return _judge_exited(container), None
    if container.status == "dead":
        return _ended("dead", "dead: Docker could not remove it" + _because(container.failure), container), None
    if container.status == "created" and container.failure:
        return _ended("not_started", "could not be started" + _because(container.failure), container), None
    says = {
        "created": "made, but not started yet",
        "paused": "paused",
        "restarting": f"restarting after exit code {container.exit_code}",
    }
    return Outcome(False, container.status, says.get(container.status, container.status), details=facts), None


def _ended(reason: str, message: str, container: Container) -> Outcome:
    return Outcome(False, reason, message, final=True, details=container.facts)


def _because(failure: str) -> str:
    return ": " + failure if failure else ""


def _judge_exited(container: Container) -> Outcome:
    """A job that is done is well; a service that was stopped is not, but whoever stops it now may start it again."""
    if container.asked:
        return Outcome(False, "stopped", "was stopped just now", details=container.facts)
    if container.exit_code != 0:
        message = f"exited with code {container.exit_code}"
        return _ended("exited", message + _because(container.failure), container)
    if container.has_check or container.policy in ("always", "unless-stopped"):
        return _ended("stopped", "stopped (exit code 0), and Docker will not start it again by itself", container)
    return Outcome(True, "finished", details=container.facts)


def _judge_running(container: Container, now: float, min_uptime: float) -> tuple[Outcome, Optional[float]]:
    facts = container.facts
    probe = "; last probe: " + container.last_probe if container.last_probe else ""
    if container.health == "healthy":
        return Outcome(True, "ok", details=facts), None
    if container.health in ("starting", "unhealthy"):
        message = "unhealthy" if container.health == "unhealthy" else "its health check has not passed yet"
        return Outcome(False, container.health, message + probe, details=facts), None
    wanted = max(min_uptime, SETTLED_AFTER) if container.deaths or container.short_lives else min_uptime
    up = now - container.started
    if up >= wanted:
        return Outcome(True, "ok", details=facts), None
    message = f"has no health check, and must run for {wanted:g} s without one"
    if container.restarts:
        message += f"; it was restarted {container.restarts} times"
    return Outcome(False, "young", message, details=facts), wanted - up
