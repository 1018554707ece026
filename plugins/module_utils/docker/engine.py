# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What restore points ask of Docker: volumes, images and which services run."""

from __future__ import annotations

import json
import os
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.files import folder_bytes
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import (
    PROJECT_LABEL,
    SERVICE_LABEL,
    containers,
)

VOLUME_LABEL = "com.docker.compose.volume"

# Seconds a container gets to end by itself before it is killed: PostgreSQL writes out what it holds.
STOP_SECONDS = 60


def mountpoint(docker_name: str) -> Optional[str]:
    """Where a volume's files lie, None when there is no such volume. Asking never makes one."""
    done = run(["docker", "volume", "inspect", "--format", "{{.Mountpoint}}", docker_name], check=False)
    return done.stdout.strip() if done.rc == 0 else None


def make_volume(stack: str, name: str, docker_name: str) -> str:
    """Make a volume as Compose would, so that Compose takes it for its own; returns where its files lie."""
    labels = ["--label", f"{PROJECT_LABEL}={stack}", "--label", f"{VOLUME_LABEL}={name}"]
    run(["docker", "volume", "create", *labels, docker_name])
    found = mountpoint(docker_name)
    if not found:
        raise CommandFailed(["docker", "volume", "inspect", docker_name], None, why="no mount point")
    return found


def has_files(folder: str) -> bool:
    """Whether anything but empty folders lies in ``folder``."""
    return any(files for _root, _folders, files in os.walk(folder))


def weight(folder: str) -> dict[str, int]:
    """How many files lie in ``folder``, and the bytes that they take on the disk."""
    count = sum(len(files) for _root, _folders, files in os.walk(folder))
    return {"files": count, "bytes": folder_bytes(folder)}


def running_services(stack: str) -> set[str]:
    """Services of the stack that have a running container."""
    return {container.service for container in containers(stack) if container.state == "running"}


def images(stack: str) -> dict[str, dict[str, Optional[str]]]:
    """The image of every container of the stack: as it was asked for, and the digest that it is known by."""
    found = containers(stack)
    if not found:
        return {}
    listed = json.loads(run(["docker", "inspect", *(container.id for container in found)]).stdout)
    ids = sorted({entry["Image"] for entry in listed})
    known = {entry["Id"]: entry for entry in json.loads(run(["docker", "image", "inspect", *ids]).stdout)}
    return {
        entry["Config"]["Labels"][SERVICE_LABEL]: {
            "image": entry["Config"]["Image"],
            "digest": _digest(known.get(entry["Image"], {}), entry["Image"]),
        }
        for entry in listed
    }


def _digest(image: dict[str, Any], image_id: str) -> str:
    # An image that was built here has no digest in any registry, only its own.
    return next(iter(image.get("RepoDigests") or []), image_id)


def version() -> str:
    """The engine's version."""
    return run(["docker", "version", "--format", "{{.Server.Version}}"]).stdout.strip()


def compose_version() -> str:
    """The version of Docker Compose."""
    return run(["docker", "compose", "version", "--short"]).stdout.strip()
