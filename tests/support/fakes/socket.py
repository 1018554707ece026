# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine's socket: what it answers to those requests that the engine of this collection makes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

from ansible_collections.photosync.vps.plugins.module_utils.docker import api

from support.fakes.docker import Docker

MISSING = (404, b'{"message": "not found"}')


@contextlib.contextmanager
def answering(docker: Docker) -> Iterator[None]:
    """Let whoever asks the socket hear this engine while the block runs."""

    def answer(method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        return _answer(docker, method, path, body)

    with mock.patch.object(api, "_answer", answer):
        yield


def _answer(docker: Docker, method: str, path: str, _body: str | None) -> tuple[int, bytes]:
    where, _question, _asked = path.partition("?")
    kind, *name = where.strip("/").split("/", 1)
    if method != "GET":
        return MISSING
    found: Any = None
    if kind == "images" and name and name[0].endswith("/json"):
        image = docker.image(name[0][: -len("/json")])
        found = image.inspected() if image else None
    elif kind == "volumes" and name:
        found = {"Mountpoint": docker.folder(name[0])} if name[0] in docker.volumes else None
    elif kind == "volumes":
        found = {"Volumes": [{"Name": key, "Labels": labels} for key, labels in docker.volumes.items()]}
    elif kind == "containers":
        found = [
            {"Id": one.id, "Names": [f"/{one.name}"], "Labels": one.labels, "State": one.state}
            for one in reversed(docker.containers.values())
        ]
    elif kind == "networks":
        found = [{"Id": key, "Name": key, "Labels": labels} for key, labels in docker.networks.items()]
    return MISSING if found is None else (200, json.dumps(found).encode())
