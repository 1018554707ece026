# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What tests start from whose subject is not provisioning: a VPS with its packages, and the stand-in images pulled.

The packages are an image. The images lie on the volume of a container that ended when it had pulled them, and are
copied to every VPS. Both are made anew when what they are made of has changed, or when a copy fails.
"""

import contextlib
import json
from pathlib import Path
from typing import Any

import access
import docker
import images
from docker.errors import APIError, ContainerError, NotFound
from docker.models.containers import Container
from docker.models.images import Image
from docker.types import Mount
from engine import DEPOT_NAME, LABELS, STATE, Problem, digest, gateway, locked, say

FOLDER = Path(__file__).resolve().parent / "vps-prepared"
KEPT = "/var/lib/docker"


def image(client: docker.DockerClient, bare: Image) -> Image:
    """Return the image of such a VPS."""
    return images.build(client, FOLDER, bare)


def fill(client: docker.DockerClient, container: Container, rights: dict[str, Any]) -> None:
    """Give a VPS that has not been started the images that the depot serves.

    :param rights: what an engine in a container needs.
    """
    with locked("prepared"):
        try:
            _copy(client, _held(client, container.image, rights), container, rights)
        except (APIError, ContainerError) as error:
            say(f"the prepared images cannot be copied ({error}): they are pulled anew")
            _remove(client, _name())
            _copy(client, _held(client, container.image, rights), container, rights)


def _name() -> str:
    return f"photosync-{access.checkout()}-prepared"


def _held(client: docker.DockerClient, system: Image, rights: dict[str, Any]) -> Container:
    """Return the container whose volume holds the images, as the depot has them now."""
    record = json.loads((STATE / "depot.json").read_text(encoding="utf-8"))
    content = digest([system.id, json.dumps(record["digests"], sort_keys=True)])
    try:
        found = client.containers.get(_name())
        if found.labels.get("photosync.content") == content:
            return found
        found.remove(force=True, v=True)
    except NotFound:
        pass
    say("pulling the images of prepared VPSs")
    new = f"{_name()}-new"
    _remove(client, new)
    made = client.containers.create(
        system,
        list(record["images"].values()),
        name=new,
        entrypoint=["/hold"],
        labels={**LABELS, "photosync.content": content},
        volumes=[KEPT],
        extra_hosts={DEPOT_NAME: gateway(client)},
        **rights,
    )
    made.start()
    if made.wait()["StatusCode"] != 0:
        raise Problem(f"the images of prepared VPSs cannot be pulled:\n{made.logs(tail=30).decode()}")
    # Only what is whole has the name.
    made.rename(_name())
    return made


def _copy(client: docker.DockerClient, held: Container, container: Container, rights: dict[str, Any]) -> None:
    """Copy the images from one volume to the other, with what only the kernel may set on them."""
    volume = next(mount["Name"] for mount in held.attrs["Mounts"] if mount["Destination"] == KEPT)
    client.containers.run(
        container.image,
        ["-a", "/held/.", KEPT],
        entrypoint=["cp"],
        mounts=[Mount("/held", volume, read_only=True)],
        volumes_from=[container.id],
        network_mode="none",
        labels=LABELS,
        remove=True,
        **rights,
    )


def _remove(client: docker.DockerClient, name: str) -> None:
    with contextlib.suppress(NotFound):
        client.containers.get(name).remove(force=True, v=True)
