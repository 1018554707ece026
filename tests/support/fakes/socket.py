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
CONFLICT = (409, b'{"message": "Conflict. The container name is already in use"}')


@contextlib.contextmanager
def answering(docker: Docker) -> Iterator[None]:
    """Let whoever asks the socket hear this engine while the block runs."""

    def answer(method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        return _answer(docker, method, path, body)

    with mock.patch.object(api, "_answer", answer):
        yield


def _answer(docker: Docker, method: str, path: str, body: str | None) -> tuple[int, bytes]:
    where, _question, asked = path.partition("?")
    kind, *names = where.strip("/").split("/", 1)
    name = names[0].removesuffix("/json") if names else ""
    if where == "/containers/create" and docker.find(asked.partition("name=")[2]):
        return CONFLICT
    try:
        found = (
            _posted(docker, where, asked, json.loads(body or "{}")) if method == "POST" else _got(docker, kind, name)
        )
    except KeyError:
        found = None
    return MISSING if found is None else (200, json.dumps(found).encode())


def _got(docker: Docker, kind: str, name: str) -> Any:
    """What there is, all of a kind or one of it; None for nothing."""
    if kind == "images":
        image = docker.image(name)
        return image.inspected() if image else None
    if kind == "volumes":
        listed = [
            {"Name": key, "Labels": labels, "Mountpoint": docker.folder(key)} for key, labels in docker.volumes.items()
        ]
        return next((one for one in listed if one["Name"] == name), None) if name else {"Volumes": listed}
    if kind == "networks":
        return [{"Id": key, "Name": key, "Labels": labels} for key, labels in docker.networks.items()]
    return [
        {"Id": one.id, "Names": [f"/{one.name}"], "Labels": one.labels, "State": one.state, "Ports": []}
        for one in reversed(docker.containers.values())
    ]


def _posted(docker: Docker, where: str, asked: str, body: dict[str, Any]) -> dict[str, Any]:
    """Make a network or a container; raises KeyError for what is made of something that is not there."""
    docker.point(f"docker: POST {where}")
    if where == "/networks/create":
        docker.networks[body["Name"]] = body.get("Labels") or {}
        return {"Id": body["Name"]}
    if where != "/containers/create":
        return {}
    image = docker.image(body["Image"])
    if image is None:
        raise KeyError(body["Image"])
    host = body["HostConfig"]
    made = docker.create(
        asked.partition("name=")[2],
        image,
        body["Image"],
        labels=body["Labels"],
        env=dict(pair.split("=", 1) for pair in body["Env"]),
        mounts={target: source for source, target in (bind.split(":")[:2] for bind in host["Binds"])},
        policy=host["RestartPolicy"]["Name"],
    )
    return {"Id": made.id}
