# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A prepared VPS is like one that pulled its images itself; what it is copied from is made anew when it has to be."""

from collections.abc import Iterator
from typing import Any

import depot
import docker
import prepared
import pytest
import vps
from docker.errors import APIError
from docker.models.containers import Container

NOTHING: dict[str, list[str]] = {"disks": [], "publish": [], "hosts": []}
LISTED = "docker image ls --format '{{.Repository}}:{{.Tag}}'"


@pytest.fixture(scope="module")
def record(client: docker.DockerClient) -> dict[str, Any]:
    """What the depot serves."""
    return depot.up(client)


@pytest.fixture
def name(client: docker.DockerClient) -> Iterator[str]:
    """Of a VPS that is removed at the end."""
    vps.down(client, "test-prepared")
    yield "test-prepared"
    vps.down(client, "test-prepared")


def said(machine: Container, command: str) -> str:
    """What a command on a VPS prints, doing well."""
    code, output = machine.exec_run(["sh", "-c", command])
    assert code == 0, output.decode()
    return output.decode().strip()


def holder(client: docker.DockerClient) -> str:
    """Which container the images are copied from."""
    return client.containers.get(prepared._name()).id


def test_it_has_every_image_of_the_depot_and_runs_them_with_the_registry_away(
    client: docker.DockerClient, record: dict[str, Any], name: str
) -> None:
    machine = vps.up(client, name, {**NOTHING, "hosts": [f"{depot.DEPOT_NAME}=192.0.2.1"]}, is_prepared=True)
    assert set(said(machine, LISTED).split()) == set(record["images"].values())
    shown = said(machine, f"docker run --rm --entrypoint nginx {record['images']['nginx']} -v 2>&1")
    assert shown.startswith("nginx version")
    assert said(machine, "systemctl is-system-running") == "running"


def test_images_that_cannot_be_copied_are_pulled_anew(
    client: docker.DockerClient, record: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vps.up(client, name, NOTHING, is_prepared=True)
    vps.down(client, name)
    before, copy, failing = holder(client), prepared._copy, [APIError("no space")]

    def fail_once(*given: Any) -> None:
        if failing:
            raise failing.pop()
        copy(*given)

    monkeypatch.setattr(prepared, "_copy", fail_once)
    machine = vps.up(client, name, NOTHING, is_prepared=True)
    assert holder(client) != before
    assert set(said(machine, LISTED).split()) == set(record["images"].values())
