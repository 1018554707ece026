# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a case takes place: a folder of its own and a stack. What the engine cannot do to itself each half does."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

from support.fakes import description


class Place:
    """The half that is real, or that is fake, is a subclass."""

    def __init__(self, folder: str, described: dict[str, Any]):
        self.folder = Path(folder)
        self.described = described
        self.folder.mkdir(parents=True, exist_ok=True)

    def damage(self, restic: Restic) -> None:
        """Lose some of what a repository's snapshots hold."""
        raise NotImplementedError

    def locked(self, restic: Restic, stale: bool) -> AbstractContextManager[None]:
        """Have another restic lock the repository while the block runs: one that is gone, or one that goes on."""
        raise NotImplementedError

    @property
    def spec(self) -> Spec:
        """The stack as the engine takes it."""
        return description.spec(self.described)

    def restic(self, name: str = "points", password: str = "a-password") -> Restic:
        """A repository, which need not be there."""
        file = self.folder / f"password-{password}"
        file.write_text(password + "\n")
        return Restic(str(self.folder / name), str(file), {}, str(self.folder / "cache"))

    def files(self, name: str, **content: str) -> str:
        """A folder with these files; returns its path."""
        folder = self.folder / name
        for path, text in content.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        return str(folder)

    def serve(self, *services: str) -> None:
        """Have a release of the stack, and these services run; all of them for none."""
        os.makedirs(self.described["state_dir"], exist_ok=True)
        description.serve(self.described, description.lay(self.described))
        compose.Running(self.spec, ["up", "--detach", "--wait", *services]).follow()

    def containers(self) -> dict[str, compose.Container]:
        """The stack's containers by service."""
        return {one.service: one for one in compose.containers(self.described["stack"])}

    def server(self) -> Server:
        """The stack's database server, which holds nothing but what the image has made."""
        there = self.containers().get("database")
        if there is None or not there.healthy:
            self.serve("database")
        (server,) = registry.servers(self.spec)
        for name in client.existing(server):
            client.query(server, client.MAINTENANCE, f"ALTER DATABASE {client.identifier(name)} IS_TEMPLATE false;")
            if name != client.COMMON:
                client.query(server, client.MAINTENANCE, f"DROP DATABASE {client.identifier(name)} WITH (FORCE);")
        return server


def refusal(work: Any, *given: Any) -> Exception:
    """What the work raises, which has to fail."""
    try:
        work(*given)
    except Exception as error:
        return error
    raise AssertionError("it has to be refused")
