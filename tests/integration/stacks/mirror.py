# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stand-in images in the depot under the names that an inventory gives them, for machines to which it is a mirror."""

from collections.abc import Iterable

import docker

REGISTRY = "127.0.0.1:5000"
# What a machine's Docker is told, as behind any mirror of Docker Hub.
DAEMON_OPTIONS = {"registry-mirrors": ["http://depot.test:5000"], "insecure-registries": ["depot.test:5000"]}


def hold(images: Iterable[str]) -> None:
    """Put a stand-in in the place of each image; the last part of its name says which."""
    client = docker.from_env()
    for image in images:
        name, _colon, tag = image.removeprefix("docker.io/").rpartition(":")
        repository = f"{REGISTRY}/{name}"
        client.images.get(f"photosync/{name.rpartition('/')[2]}:1").tag(repository, tag)
        for line in client.images.push(repository, tag, stream=True, decode=True):
            assert "error" not in line, line
        client.images.remove(f"{repository}:{tag}", noprune=True)
