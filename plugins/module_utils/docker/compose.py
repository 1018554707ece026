# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Docker Compose in the folder of a release: its arguments, what it says, what it changed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, handles, run
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
# Written by the collection: the digest of the configuration that a container was made of.
CONFIG_LABEL = "photosync.vps.config"
_LABELS = ['{{.Label "%s"}}' % label for label in (SERVICE_LABEL, CONFIG_LABEL)]
_PS = "\t".join(["{{.ID}}", "{{.State}}", _LABELS[0], "{{.Status}}", _LABELS[1], "{{.Names}}"])
# How Compose calls a container that is to take another's place, until it does.
_SUBSTITUTE = re.compile(r"[0-9a-f]{12}_")

Progress = Optional[Callable[[str], None]]


@dataclass(frozen=True)
class Container:
    """One container of a project, as the engine lists it."""

    id: str
    state: str
    service: str
    status: str
    config: str = ""
    name: str = ""

    @property
    def substitute(self) -> bool:
        """Whether it was to take another's place when somebody killed Compose, which then stumbles over it."""
        return bool(_SUBSTITUTE.match(self.name))

    @property
    def healthy(self) -> bool:
        """Whether it runs and its health check, where it has one, passes."""
        return self.state == "running" and "(unhealthy)" not in self.status and "(health:" not in self.status

    @property
    def finished(self) -> bool:
        """Whether it has ended, and with exit code 0."""
        return self.state == "exited" and self.status.startswith("Exited (0)")


@dataclass
class Converged:
    """What ``up`` did, by service: new or running again, gone, reloaded; and the databases made."""

    started: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    databases: list[str] = field(default_factory=list)
    reloaded: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything is different from before."""
        return bool(self.started or self.removed or self.databases or self.reloaded)


def argv(*arguments: str) -> list[str]:
    """The command line of Compose; the folder it runs in says which files, so none are named here."""
    return ["docker", "compose", *arguments]


def folder(spec: Spec) -> str:
    """Folder of the release that serves; its .env names the Compose files."""
    return os.path.join(spec.root, "current")


def environment(spec: Spec) -> dict[str, str]:
    """Variables for Compose: it takes the link, not the release behind it, for the project's folder."""
    return {"PWD": folder(spec)}


def containers(project: str) -> list[Container]:
    """All containers of a Compose project, stopped ones too."""
    listed = run(
        ["docker", "ps", "--all", "--no-trunc", "--filter", f"label={PROJECT_LABEL}={project}", "--format", _PS],
        timeout=60,
    )
    return [Container(*line.split("\t")) for line in listed.stdout.splitlines() if line]


def clear_away(listed: Sequence[Container]) -> list[Container]:
    """Remove what a killed Compose left over; returns the others. What they hold is in volumes, which stay.

    An engine that starts anew starts a substitute too: one that runs stays only where the other is gone already.
    """
    named = {container.service for container in listed if not container.substitute}
    left = [one for one in listed if one.substitute and (one.state != "running" or one.service in named)]
    if left:
        run(["docker", "rm", "--force", *(container.id for container in left)], timeout=120)
    return [container for container in listed if container not in left]


def started_at(ids: Sequence[str]) -> dict[str, str]:
    """When each of these containers was last started, as the engine writes it; those that are gone are left out."""
    if not ids:
        return {}
    form = "{{.Id}} {{.State.StartedAt}}"
    said = run(["docker", "inspect", "--type", "container", "--format", form, *ids], timeout=60, check=False)
    return dict(line.split() for line in said.stdout.splitlines())


def parse_ps(text: str) -> list[dict[str, Any]]:
    """What ``docker compose ps --format json`` printed: one array before Compose 2.21, one object a line since."""
    text = text.strip()
    if text.startswith("["):
        return json.loads(text)
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def ps(spec: Spec) -> list[dict[str, Any]]:
    """The project's containers as Compose describes them, stopped ones too."""
    listed = run(argv("ps", "--all", "--format", "json"), cwd=folder(spec), env=environment(spec), timeout=60)
    return parse_ps(listed.stdout)


def difference(before: Iterable[Container], after: Iterable[Container]) -> Converged:
    """What happened between two listings: a container that is new or runs again counts as started."""
    was, now = list(before), list(after)
    known = {container.id for container in was}
    running = {container.id for container in was if container.state == "running"}
    return Converged(
        started=sorted({c.service for c in now if c.id not in (running if c.state == "running" else known)}),
        removed=sorted({c.service for c in was} - {c.service for c in now}),
    )


class Running:
    """A Compose command that runs: its lines as they come, and a way to end it early."""

    def __init__(self, spec: Spec, arguments: Sequence[str]):
        self._argv = argv(*arguments)
        self._said: list[str] = []
        self._process = subprocess.Popen(
            self._argv,
            cwd=folder(spec),
            env=dict(os.environ, **environment(spec)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=handles(),
            text=True,
            errors="replace",
        )

    def follow(self, on_progress: Progress = None) -> None:
        """Hand on each line until the end; raises CommandFailed with all it said."""
        with self._process as process:
            for line in process.stdout or ():
                self._said.append(line)
                if on_progress:
                    on_progress(line.strip())
        if self._process.returncode != 0:
            raise CommandFailed(self._argv, self._process.returncode, stderr="".join(self._said))

    def end(self) -> None:
        """Let it go no further; what it has started stays. Safe to call from another thread, at any time."""
        if self._process.poll() is None:
            self._process.terminate()
