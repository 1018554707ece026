# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images and containers, and what ``docker inspect`` and ``docker ps`` say of them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import (
    CONFIG_LABEL,
    PROJECT_LABEL,
    SERVICE_LABEL,
)

CREATED, RUNNING, EXITED = "created", "running", "exited"
NEVER = "0001-01-01T00:00:00Z"


@dataclass
class Image:
    """An image.

    :param postgresql: the version of PostgreSQL that it is; empty for anything else.
    :param sick: its containers run and never become healthy.
    :param crashes: its containers end with this exit code as soon as they start.
    """

    reference: str
    id: str
    digest: str = ""
    env: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    postgresql: str = ""
    extensions: dict[str, str] = field(default_factory=dict)
    checked: bool = True
    sick: bool = False
    crashes: int | None = None

    def inspected(self) -> dict[str, Any]:
        """What the engine says of it."""
        env = [f"{name}={value}" for name, value in self.env.items()]
        return {
            "Id": self.id,
            "RepoTags": [self.reference],
            "RepoDigests": [self.digest] if self.digest else [],
            "Size": 1000,
            "Config": {"Env": env, "Labels": dict(self.labels)},
        }


@dataclass
class Container:
    """A container; ``mounts`` are the names of volumes, or paths of the host, by where they appear in it."""

    id: str
    name: str
    image: Image
    reference: str
    labels: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    mounts: dict[str, str] = field(default_factory=dict)
    policy: str = "no"
    memory: int = 0
    swap: int = 0
    state: str = CREATED
    exit_code: int = 0
    started: str = NEVER
    stopped_by_hand: bool = False

    @property
    def project(self) -> str:
        return self.labels.get(PROJECT_LABEL, "")

    @property
    def service(self) -> str:
        return self.labels.get(SERVICE_LABEL, "")

    @property
    def status(self) -> str:
        """What ``docker ps`` says of its state."""
        if self.state == RUNNING:
            health = "unhealthy" if self.image.sick else "healthy"
            return f"Up 1 second ({health})" if self.image.checked else "Up 1 second"
        return f"Exited ({self.exit_code}) 1 second ago" if self.state == EXITED else "Created"

    def start(self) -> None:
        """Run, or end at once where that is what its image does."""
        if self.state != RUNNING:
            self.started = moment()
            self.state, self.stopped_by_hand = RUNNING, False
            if self.image.crashes is not None:
                self.state, self.exit_code = EXITED, self.image.crashes

    def stop(self) -> None:
        """End because somebody wants it."""
        if self.state == RUNNING:
            self.state, self.exit_code = EXITED, 0
        self.stopped_by_hand = True

    def inspected(self) -> dict[str, Any]:
        """What the engine says of it."""
        health: dict[str, Any] = {"Health": {"Status": "unhealthy" if self.image.sick else "healthy", "Log": []}}
        return {
            "Id": self.id,
            "Name": f"/{self.name}",
            "Image": self.image.id,
            "RestartCount": 0,
            "Config": {
                "Image": self.reference,
                "Labels": dict(self.labels),
                "Env": [f"{name}={value}" for name, value in self.env.items()],
            },
            "State": {
                "Status": self.state,
                "Running": self.state == RUNNING,
                "ExitCode": self.exit_code,
                "StartedAt": self.started,
                "Pid": 0,
                **(health if self.image.checked else {}),
            },
            "HostConfig": {
                "RestartPolicy": {"Name": self.policy, "MaximumRetryCount": 0},
                "Memory": self.memory,
                "MemorySwap": self.swap,
            },
            "Mounts": [_mount(source, target) for target, source in self.mounts.items()],
            "NetworkSettings": {"Networks": {f"{self.project}_default": {"IPAddress": "172.18.0.2"}}},
        }

    def listed(self) -> dict[str, str]:
        """The columns of ``docker ps``."""
        return {
            "ID": self.id,
            "State": self.state,
            "Status": self.status,
            "Names": self.name,
            "Image": self.reference,
            **{f'Label "{label}"': self.labels.get(label, "") for label in (SERVICE_LABEL, CONFIG_LABEL)},
        }


def _mount(source: str, target: str) -> dict[str, str]:
    if source.startswith("/"):
        return {"Type": "bind", "Source": source, "Destination": target}
    return {"Type": "volume", "Name": source, "Source": source, "Destination": target}


def moment() -> str:
    """Now, as the engine writes it: no two are the same."""
    now = time.time_ns()
    return f"{datetime.fromtimestamp(now // 10**9, UTC):%Y-%m-%dT%H:%M:%S}.{now % 10**9:09}Z"


def formatted(form: str, found: dict[str, Any]) -> str:
    """A format of Docker's, as far as the engine uses them: columns, paths into a document, and addresses."""
    ranged = re.sub(
        r"\{\{range \.NetworkSettings\.Networks\}\}\{\{\.IPAddress\}\} \{\{end\}\}",
        lambda _found: "".join(f"{one['IPAddress']} " for one in found["NetworkSettings"]["Networks"].values()),
        form,
    )
    return re.sub(r"\{\{\.([^}]+)\}\}", lambda word: _value(word[1], found), ranged)


def _value(path: str, found: Any) -> str:
    if isinstance(found, dict) and path in found:
        return str(found[path])
    for word in path.split("."):
        found = found[word]
    return str(found)
