# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Caddy in containers: it reads its configuration as it starts and when it is told to, and refuses a wrong one."""

from __future__ import annotations

import os

from support.fakes.commands import Answer, Call, Session, Whole
from support.fakes.container import Container
from support.fakes.docker import Docker

FOLDER, FILE, WRONG = "/etc/caddy", "Caddyfile", "wrong"


class Caddy:
    """All of them; ``serving`` is what each has read last, by container."""

    def __init__(self, docker: Docker):
        self.serving: dict[str, str] = {}
        self._point = docker.point
        docker.inside["caddy"] = self._open
        docker.on_start.append(self._boot)

    def _boot(self, container: Container) -> None:
        if FOLDER in container.mounts:
            self.serving[container.id] = _read(os.path.join(container.mounts[FOLDER], FILE))

    def _open(self, container: Container, call: Call) -> Session:
        return Whole(call, lambda _call: self._told(container, call))

    def _told(self, container: Container, call: Call) -> Answer:
        text = _read(container.mounts.get(f"/tmp/{FILE}") or os.path.join(container.mounts[FOLDER], FILE))
        if WRONG in text:
            return Answer(1, err=f"Error: adapting config using caddyfile: unrecognized directive: {WRONG}\n".encode())
        if call.argv[1] == "reload":
            self._point("caddy: reading its configuration")
            self.serving[container.id] = text
        return Answer()


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as stream:
        return stream.read()
