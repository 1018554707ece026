# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stack spec: all that the engine on a host knows of a stack. It is in the current release, as ``stack.json``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common import records

SCHEMA = 1
FILENAME = "stack.json"


class SpecError(Exception):
    """The spec is missing or is not one that this version reads."""


@dataclass(frozen=True)
class BuildSource:
    """Where the source of an image is: a Git checkout, or a folder as it is."""

    git: str = ""
    folder: str = ""


@dataclass(frozen=True)
class Build:
    """How an image is built.

    :param content: digest of the source.
    :param digest: digest of all that the image is made of.
    :param recipe: the collection's own Dockerfile, by its kind; empty where the source has its own.
    :param tests: the target that has to succeed first; empty where there is none.
    :param contexts: further build contexts, by their names in FROM.
    """

    source: BuildSource = field(default_factory=BuildSource)
    content: str = ""
    digest: str = ""
    recipe: str = ""
    dockerfile: str = ""
    target: str = ""
    tests: str = ""
    args: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Base:
    """An image that is made for builds to start from."""

    image: str
    dockerfile: str
    ca_bundle: str = ""


@dataclass(frozen=True)
class Fingerprint:
    """The digest of a service's whole configuration, and one for each of its fields."""

    digest: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Database:
    """A database that a service needs, on a server of the stack."""

    server: str
    name: str


@dataclass(frozen=True)
class Service:
    """One service.

    :param job: whether it is meant to end.
    :param migrates_data: whether a new version of it changes data in a way that an older one cannot read.
    """

    name: str
    image: str = ""
    build: Optional[Build] = None
    depends_on: list[str] = field(default_factory=list)
    databases: list[Database] = field(default_factory=list)
    migrates_data: bool = False
    config: Fingerprint = field(default_factory=Fingerprint)
    job: bool = False


@dataclass(frozen=True)
class DatabaseServer:
    """A service that is a database server, its superuser, and the databases that some service needs on it."""

    service: str
    engine: str
    user: str
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Volume:
    """A named volume.

    :param docker_name: the engine's name of it.
    :param services: who mounts it.
    :param backup: how it is saved: ``files``, ``cold``, ``database`` (by dumps) or ``rebuildable`` (not at all).
    :param writers: of one that is saved cold, who stands still meanwhile.
    """

    name: str
    docker_name: str = ""
    services: list[str] = field(default_factory=list)
    backup: str = ""
    writers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class LeftOut:
    """What no restore point holds, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Source:
    """The Git repository of what is built: its address without a password, the version, where it lies on the host."""

    repo: str
    version: str
    dest: str


@dataclass(frozen=True)
class ReverseProxy:
    """The service that is reached from outside.

    :param config_dir: what it mounts as its configuration.
    :param mounts: what else it mounts of the host, as Compose writes it.
    """

    service: str
    config_dir: str
    mounts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Spec:
    """One stack as it is deployed.

    :param health_targets: what is asked whether it is well, as ``health/targets.py`` reads it.
    """

    stack: str
    state_dir: str
    root: str = ""
    etc_dir: str = ""
    slice: str = ""
    schema: int = SCHEMA
    mode: str = "production"
    domain: str = ""
    url: str = ""
    collection_version: str = ""
    services: list[Service] = field(default_factory=list)
    source: Optional[Source] = None
    bases: list[Base] = field(default_factory=list)
    ca_bundle: str = ""
    health_targets: list[dict[str, Any]] = field(default_factory=list)
    databases: list[DatabaseServer] = field(default_factory=list)
    volumes: list[Volume] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    entry_point: Optional[ReverseProxy] = None


def path_of(stack: str) -> str:
    """Where the spec of the deployed release of ``stack`` lies."""
    return os.path.join("/opt", stack, "current", FILENAME)


def of(given: Mapping[str, Any]) -> Spec:
    """The spec from what its file holds."""
    return records.of(Spec, given)


def load(path: str) -> Spec:
    """Read a stack's spec; raises SpecError with what to do about it."""
    try:
        with open(path, encoding="utf-8") as stream:
            given = json.load(stream)
        schema = given.get("schema")
        if schema == SCHEMA:
            return of(given)
    except FileNotFoundError as error:
        raise SpecError(f"no release is deployed here: {path} does not exist; run the site playbook first") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise SpecError(f"{path} is not a stack spec ({error}); run the deploy playbook to write it anew") from error
    raise SpecError(
        f"{path} has schema {schema}, this version reads {SCHEMA}; run the deploy playbook of the matching collection"
    )
