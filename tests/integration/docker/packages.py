# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Docker's own package repository, played by a container: packages made of Debian's, one repository for each need."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import access
import debian
import docker
import images
from docker.models.containers import Container
from engine import LABELS, connect

FOLDER = Path(__file__).resolve().parent / "docker-packages"


@dataclass(frozen=True)
class Repository:
    """One signed repository: where it is, and the fingerprint of its key."""

    url: str
    fingerprint: str

    def settings(self) -> dict[str, str]:
        """What an inventory says to use it."""
        return {
            "docker_source": "upstream",
            "docker_repository_url": self.url,
            "docker_key_fingerprint": self.fingerprint,
        }


class Server:
    """The container that serves repositories over plain HTTP."""

    def __init__(self, container: Container):
        self._container = container
        self.address = access.address(container)

    def publish(self, name: str, *options: str) -> Repository:
        """Publish the packages once more, signed with a key of their own."""
        done = self._container.exec_run(["publish", f"{name}/linux", *options], demux=True)
        assert done.exit_code == 0, done.output
        return Repository(f"http://{self.address}/{name}/linux", done.output[0].decode().strip())

    @contextmanager
    def away(self) -> Iterator[None]:
        """Answer nobody for a while."""
        self._container.pause()
        try:
            yield
        finally:
            self._container.unpause()


@contextmanager
def serving() -> Iterator[Server]:
    """A server at work; removed at the end."""
    client: docker.DockerClient = connect()
    image = images.build(client, FOLDER, debian.ensure(client))
    container = client.containers.run(image, detach=True, labels=LABELS)
    try:
        yield Server(container)
    finally:
        container.remove(force=True)
