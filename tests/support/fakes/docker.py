# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Docker engine: its containers, volumes, networks and images."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from typing import Any

from support.fakes.commands import Call, Commands, Session
from support.fakes.container import EXITED, RUNNING, Container, Image

Inside = Callable[[Container, Call], Session]


class Docker:
    """The engine. What lies in a volume lies in a folder below ``root``.

    ``inside`` are the programs that containers have, by name; ``on_start`` hear of each that was started.
    """

    def __init__(self, commands: Commands, root: str):
        self.root = root
        self.version, self.compose_version = "28.2.2", "2.36.0"
        self.containers: dict[str, Container] = {}
        self.volumes: dict[str, dict[str, str]] = {}
        self.networks: dict[str, dict[str, str]] = {}
        self.images: dict[str, Image] = {}
        self.available: dict[str, Image] = {}
        self.inside: dict[str, Inside] = {}
        self.on_start: list[Callable[[Container], None]] = []
        self.point = commands.point

    def find(self, name: str) -> Container | None:
        """The container with this ID, beginning of an ID, or name."""
        return next((one for one in self.containers.values() if one.id.startswith(name) or one.name == name), None)

    def of_project(self, project: str) -> list[Container]:
        """The containers of a project, the newest first, as the engine lists them."""
        return [one for one in reversed(self.containers.values()) if one.project == project]

    def folder(self, volume: str) -> str:
        """Where the files of a volume lie."""
        return os.path.join(self.root, "volumes", volume, "_data")

    def image(self, reference: str) -> Image | None:
        """The image of this name or ID."""
        return next((one for name, one in self.images.items() if reference in (name, one.id)), None)

    def make_volume(self, name: str, labels: dict[str, str]) -> None:
        """Make a volume that is not there."""
        if name not in self.volumes:
            self.volumes[name] = labels
            os.makedirs(self.folder(name), exist_ok=True)

    def create(self, name: str, image: Image, reference: str, **given: Any) -> Container:
        """Make a container, and the volumes that it mounts."""
        env = {**image.env, **given.pop("env", {})}
        made = Container(secrets.token_hex(32), name, image, reference, env=env, **given)
        self.containers[made.id] = made
        for source in made.mounts.values():
            if not source.startswith("/"):
                self.make_volume(source, {})
        return made

    def start(self, container: Container) -> None:
        """Start a container; a database server that finds no files of its own makes some."""
        self.point(f"docker: starting {container.service or container.name}")
        was = container.state
        container.start()
        if was != RUNNING and container.state == RUNNING:
            for hear in self.on_start:
                hear(container)

    def stop(self, container: Container) -> None:
        """Stop a container."""
        self.point(f"docker: stopping {container.service or container.name}")
        container.stop()

    def remove(self, container: Container) -> None:
        """Remove a container."""
        self.point(f"docker: removing {container.service or container.name}")
        del self.containers[container.id]

    def boot(self) -> None:
        """The machine starts anew: what the engine starts by itself runs again."""
        for container in self.containers.values():
            running, by_hand = container.state == RUNNING, container.stopped_by_hand
            if running:
                container.state, container.exit_code = EXITED, 255
            if container.policy == "always" or (container.policy == "unless-stopped" and not by_hand):
                self.start(container)
