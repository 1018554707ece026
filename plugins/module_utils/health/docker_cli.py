# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the health engine asks of Docker, through its command line: that works with every engine and needs no SDK."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
from collections.abc import Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.health.results import readable, without_control_characters

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
ANSWER_WITHIN = 10.0
# Every probe of every container makes three events more (exec_create, exec_start, exec_die): not sent to begin with.
EVENTS = ("create", "start", "die", "kill", "stop", "oom", "pause", "unpause", "rename", "destroy", "health_status")


class EngineError(Exception):
    """Docker could not be asked; ``final`` when asking again cannot help."""

    def __init__(self, message: str, final: bool = False):
        self.final = final
        super().__init__(message)


class Docker:
    """Docker's command line."""

    def __init__(self, executable: str = "docker"):
        self.executable = executable

    def inspect(self, names: Sequence[str], projects: Sequence[str]) -> list[dict[str, Any]]:
        """Documents of the containers with these names or identifiers, and of all of these Compose projects."""
        wanted = list(names)
        for project in projects:
            label = f"label={PROJECT_LABEL}={project}"
            wanted += self._ask(["ps", "--all", "--no-trunc", "--quiet", "--filter", label]).split()
        if not wanted:
            return []
        return list(json.loads(self._ask(["inspect", "--type", "container"] + wanted, missing_is_fine=True) or "[]"))

    def _ask(self, arguments: Sequence[str], missing_is_fine: bool = False) -> str:
        try:
            done = run([self.executable] + list(arguments), timeout=ANSWER_WITHIN, check=False)
        except CommandFailed as error:
            final = isinstance(error.__cause__, (FileNotFoundError, PermissionError))
            raise EngineError(f"docker cannot be asked: {readable(str(error))}", final) from error
        said = done.stderr.strip()
        if done.rc != 0 and not (missing_is_fine and _only_missing(said)):
            raise EngineError("docker does not answer: {0}".format(readable(said) or f"exit code {done.rc}"))
        return done.stdout

    def log_tail(self, container: str, lines: int) -> list[str]:
        """The last lines that a container wrote, both of its streams, whole; none when it has no readable log."""
        try:
            done = subprocess.run(
                [self.executable, "logs", "--tail", str(lines), container],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=ANSWER_WITHIN,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return []
        text = done.stdout.decode("utf-8", "replace")
        return [without_control_characters(line) for line in text.splitlines()][-lines:]

    def events(self, since: float) -> EventStream:
        """Events of containers from a moment on (seconds since 1970), those that have already passed included."""
        return EventStream(self.executable, since)


def _only_missing(said: str) -> bool:
    return all("no such" in line.lower() for line in said.splitlines())


class EventStream:
    """``docker events`` as it runs; it ends by itself when the engine goes away."""

    def __init__(self, executable: str, since: float):
        argv = [executable, "events", "--format", "{{json .}}", "--since", f"{since:.9f}"]
        argv += ["--filter", "type=container"]
        argv += [word for event in EVENTS for word in ("--filter", "event=" + event)]
        try:
            self._child = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise EngineError(f"docker cannot be run: {error.strerror}", final=True) from error
        self._rest = b""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._child.stdout, selectors.EVENT_READ)  # type: ignore[arg-type]

    def read(self, seconds: Optional[float]) -> Optional[list[dict[str, Any]]]:
        """Events that have come, none when none came within ``seconds``; None when the stream has ended."""
        if not self._selector.select(seconds):
            return []
        chunk = os.read(self._child.stdout.fileno(), 65536)  # type: ignore[union-attr]
        if not chunk:
            return None
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        return [event for event in map(_event, lines) if event is not None]

    def end(self) -> None:
        """End the stream; a reader that waits sees its end."""
        self._child.kill()

    def close(self) -> None:
        """Leave nothing behind."""
        self.end()
        self._child.wait()
        self._selector.close()
        self._child.stdout.close()  # type: ignore[union-attr]


def _event(line: bytes) -> Optional[dict[str, Any]]:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("Actor"), dict) else None
