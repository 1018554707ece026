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

from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed, run

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
_PLANNED = re.compile(
    r"DRY-RUN MODE -\s+(?P<what>.+?)\s+(?P<action>Creating|Recreate|Starting|Stopping|Removing|Pulling|Building)$"
)
_PS = "\t".join(["{{.ID}}", "{{.State}}", '{{.Label "%s"}}' % SERVICE_LABEL, "{{.Status}}"])

Progress = Optional[Callable[[str], None]]


@dataclass(frozen=True)
class Container:
    """One container of a project, as the engine lists it."""

    id: str
    state: str
    service: str
    status: str

    @property
    def healthy(self) -> bool:
        """Whether it runs and its health check, where it has one, passes."""
        return self.state == "running" and "(unhealthy)" not in self.status and "(health:" not in self.status


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


def folder(document: dict[str, Any]) -> str:
    """Folder of the release that serves; its .env names the Compose files."""
    return os.path.join(document["root"], "current")


def environment(document: dict[str, Any]) -> dict[str, str]:
    """Variables for Compose: it takes the link, not the release behind it, for the project's folder."""
    return {"PWD": folder(document)}


def containers(project: str) -> list[Container]:
    """All containers of a Compose project, stopped ones too."""
    listed = run(
        ["docker", "ps", "--all", "--no-trunc", "--filter", f"label={PROJECT_LABEL}={project}", "--format", _PS],
        timeout=60,
    )
    return [Container(*line.split("\t")) for line in listed.stdout.splitlines() if line]


def parse_ps(text: str) -> list[dict[str, Any]]:
    """What ``docker compose ps --format json`` printed: one array before Compose 2.21, one object a line since."""
    text = text.strip()
    if text.startswith("["):
        return json.loads(text)
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def ps(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The project's containers as Compose describes them, stopped ones too."""
    listed = run(argv("ps", "--all", "--format", "json"), cwd=folder(document), env=environment(document), timeout=60)
    return parse_ps(listed.stdout)


def planned(document: dict[str, Any], services: Sequence[str] = ()) -> list[str]:
    """What ``up`` would do, from Compose's own dry run; empty when there is nothing to do."""
    said = run(
        argv("--dry-run", "up", "--detach", "--remove-orphans", *services),
        cwd=folder(document),
        env=environment(document),
        timeout=600,
        check=False,
    )
    found = plan_of(said.stderr + said.stdout)
    if said.rc != 0 and not found:
        raise CommandFailed(said.argv, said.rc, said.stdout, said.stderr)
    return found


def plan_of(text: str) -> list[str]:
    """The changes in a dry run's output, each as "Container photo-sync-caddy-1 Recreate"."""
    found = (_PLANNED.search(line.rstrip()) for line in text.splitlines())
    return [" ".join(match.group("what", "action")) for match in found if match]


def difference(before: Iterable[Container], after: Iterable[Container]) -> Converged:
    """What happened between two listings: a container that is new or runs again counts as started."""
    was, now = list(before), list(after)
    known = {container.id for container in was}
    running = {container.id for container in was if container.state == "running"}
    return Converged(
        started=sorted({c.service for c in now if c.id not in (running if c.state == "running" else known)}),
        removed=sorted({c.service for c in was} - {c.service for c in now}),
    )


def stream(document: dict[str, Any], arguments: Sequence[str], on_progress: Progress = None) -> None:
    """Run Compose and hand on each line as it comes; raises CommandFailed with all it said."""
    command = argv(*arguments)
    said = []
    with subprocess.Popen(
        command,
        cwd=folder(document),
        env=dict(os.environ, **environment(document)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            if on_progress:
                on_progress(line.strip())
    if process.returncode != 0:
        raise CommandFailed(command, process.returncode, stderr="".join(said))
