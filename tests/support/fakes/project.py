# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A project of Docker Compose as its file says it."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from dataclasses import dataclass
from typing import Any

import yaml


@dataclass(frozen=True)
class Service:
    """One service of a project."""

    name: str
    image: str
    labels: dict[str, str]
    env: dict[str, str]
    mounts: dict[str, str]
    policy: str
    depends_on: tuple[str, ...]
    hash: str


@dataclass(frozen=True)
class Project:
    """Its name, its services, and the names of its volumes by what the file calls them."""

    name: str
    services: dict[str, Service]
    volumes: dict[str, str]
    folder: str
    files: tuple[str, ...]

    def config(self) -> dict[str, Any]:
        """What ``docker compose config --format json`` says: everything in its long form."""
        services = {}
        for name, one in self.services.items():
            mounted = [self._mounted(target, source) for target, source in one.mounts.items()]
            services[name] = {"image": one.image, "environment": one.env, "volumes": mounted, "labels": one.labels}
        volumes = {key: {"name": name} for key, name in self.volumes.items()}
        return {"name": self.name, "services": services, "volumes": volumes}

    def _mounted(self, target: str, source: str) -> dict[str, str]:
        if source.startswith("/"):
            return {"type": "bind", "source": source, "target": target}
        key = next(key for key, name in self.volumes.items() if name == source)
        return {"type": "volume", "source": key, "target": target}

    def with_dependencies(self, names: list[str]) -> list[str]:
        """These services and all that they depend on, what others depend on first; everything for none."""
        found: list[str] = []

        def add(name: str) -> None:
            for needed in self.services[name].depends_on:
                add(needed)
            if name not in found:
                found.append(name)

        for name in names or self.services:
            add(name)
        return found


class Refused(Exception):
    """Compose does not take the file."""


def load(folder: str) -> Project:
    """The project in a folder, of the files that its .env names."""
    document: dict[str, Any] = {}
    for name in _files(folder):
        try:
            with open(os.path.join(folder, name), encoding="utf-8") as stream:
                said = _parsed(stream.read())
        except (OSError, yaml.YAMLError) as error:
            raise Refused(str(error)) from error
        for key, value in said.items():
            document[key] = {**document.get(key, {}), **value} if isinstance(value, dict) else value
    if not document.get("services"):
        raise Refused("no service selected")
    project = document.get("name") or os.path.basename(folder)
    volumes = {
        key: (one or {}).get("name") or f"{project}_{key}" for key, one in (document.get("volumes") or {}).items()
    }
    services = {name: _service(name, one, volumes, folder) for name, one in document["services"].items()}
    files = tuple(os.path.join(folder, name) for name in _files(folder))
    return Project(project, services, volumes, folder, files)


@functools.lru_cache
def _parsed(text: str) -> dict[str, Any]:
    """A file's content, which nobody changes: releases are read over and over."""
    return yaml.safe_load(text) or {}


def _files(folder: str) -> list[str]:
    named = _env(os.path.join(folder, ".env")).get("COMPOSE_FILE", "compose.yaml")
    return named.split(":")


def _service(name: str, said: dict[str, Any], volumes: dict[str, str], folder: str) -> Service:
    environment = said.get("environment") or {}
    for path in _listed(said.get("env_file")):
        environment = {**_env(os.path.join(folder, path)), **environment}
    mounts = {}
    for one in said.get("volumes") or []:
        source, target = one.split(":")[:2]
        mounts[target] = volumes.get(source, source)
    return Service(
        name=name,
        image=said["image"],
        labels=dict(said.get("labels") or {}),
        env={key: str(value) for key, value in environment.items()},
        mounts=mounts,
        policy=said.get("restart", "no"),
        depends_on=tuple(said.get("depends_on") or ()),
        hash=hashlib.sha256(json.dumps([said, environment], sort_keys=True).encode()).hexdigest(),
    )


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _env(path: str) -> dict[str, str]:
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as stream:
        pairs = [line.strip().partition("=") for line in stream if "=" in line]
    return {name: value.strip("'\"") for name, _equals, value in pairs}
