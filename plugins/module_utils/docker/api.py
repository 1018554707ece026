# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask the Docker engine itself, over its socket: the docker command takes 0.2 s to look for its plugins first."""

from __future__ import annotations

import http.client
import json
import os
import socket
from typing import Any, Optional

SOCKET = "/var/run/docker.sock"
PID_FILE = "/var/run/docker.pid"
ANSWER_SECONDS = 30


class _Connection(http.client.HTTPConnection):
    """HTTP over the engine's socket."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect(SOCKET)


class EngineRefused(Exception):
    """The engine does not do what it was asked for; the message is its own."""


def ask(path: str) -> Any:
    """Return the engine's answer to a GET of ``path``; None when it stands still or gives none."""
    content = _get(path)
    try:
        return None if content is None else json.loads(content)
    except ValueError:
        return None


def ask_lines(path: str) -> list[Any]:
    """Return the engine's answer to a GET of ``path`` where that is one document a line, such as past events."""
    try:
        return [json.loads(line) for line in (_get(path) or b"").splitlines()]
    except ValueError:
        return []


def post(path: str, body: Any) -> Any:
    """Return the engine's answer to a POST of ``body`` as JSON; raises EngineRefused when it does not do it."""
    try:
        status, content = _answer("POST", path, json.dumps(body))
        answer = json.loads(content or b"{}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise EngineRefused(str(error)) from error
    if status >= http.client.BAD_REQUEST:
        raise EngineRefused(answer.get("message") or f"status {status}")
    return answer


def _get(path: str) -> Optional[bytes]:
    # systemd starts an engine that stands still for whoever connects to its socket.
    if not os.path.exists(PID_FILE):
        return None
    try:
        status, content = _answer("GET", path)
    except (OSError, http.client.HTTPException):
        return None
    return content if status == http.client.OK else None


def _answer(method: str, path: str, body: Optional[str] = None) -> tuple[int, bytes]:
    """Return status and content of the engine's answer."""
    connection = _Connection("localhost")
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
