# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a throwaway VPS promises: to be like a bare machine from a provider, and to leave nothing behind."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import access
import docker
import pytest
import vps
from docker.models.containers import Container
from engine import Problem

NAME = "test-vps"


def ssh(container: Container, command: str, *options: str, user: str = "root") -> subprocess.CompletedProcess[str]:
    """Run a command on the VPS as a person would, and never wait for a question."""
    target = f"{user}@{access.address(container)}"
    argv = [
        "ssh",
        *options,
        *access.ssh_options(container),
        "-o",
        "BatchMode=yes",
        "-i",
        str(access.KEY),
        target,
        command,
    ]
    return subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder that plays an attached disk."""
    return tmp_path_factory.mktemp("disk")


@pytest.fixture(scope="module")
def options(disk: Path) -> dict[str, list[str]]:
    """Say how the VPS of these tests is made."""
    return {"disks": [str(disk)], "publish": [], "hosts": ["other.test=192.0.2.7"]}


@pytest.fixture(scope="module")
def machine(client: docker.DockerClient, options: dict[str, list[str]]) -> Iterator[Container]:
    """Make one VPS for the tests that leave it as it is."""
    vps.down(client, NAME)
    yield vps.up(client, NAME, options)
    vps.down(client, NAME)


def test_systemd_is_pid_1_and_no_unit_has_failed(machine: Container) -> None:
    assert ssh(machine, "cat /proc/1/comm").stdout == "systemd\n"
    assert ssh(machine, "systemctl is-system-running; systemctl --failed --no-legend").stdout == "running\n"


def test_nothing_of_docker_is_there(machine: Container) -> None:
    found = ssh(
        machine, "command -v docker dockerd containerd runc podman; ls /var/lib/docker /var/lib/containerd /etc/docker"
    )
    packages = ssh(machine, "dpkg-query --show 'docker*' 'containerd*' runc").stdout

    assert found.stdout.split() == ["/var/lib/containerd:", "/var/lib/docker:"]
    assert packages == ""


def test_the_key_opens_root_and_an_ordinary_user_who_may_sudo(machine: Container) -> None:
    assert ssh(machine, "id -un").stdout == "root\n"
    assert ssh(machine, "id -un; sudo id -un", user="debian").stdout == "debian\nroot\n"


def test_password_login_is_refused_even_with_a_password_set(machine: Container) -> None:
    machine.exec_run(["sh", "-c", "echo root:known | chpasswd"])

    refused = ssh(machine, "true", "-o", "PubkeyAuthentication=no")

    assert refused.returncode == 255
    assert "Permission denied (publickey)" in refused.stderr


def test_a_machine_with_another_host_key_is_not_trusted(machine: Container, tmp_path: Path) -> None:
    recorded = access.known_hosts(NAME).read_text(encoding="utf-8")
    other = tmp_path / "known_hosts"
    public = access.KEY.with_suffix(".pub").read_text(encoding="utf-8").split()[:2]
    other.write_text(f"{access.address(machine)} {' '.join(public)}\n", encoding="utf-8")

    refused = ssh(machine, "true", "-o", f"UserKnownHostsFile={other}")

    assert "Host key verification failed" in refused.stderr
    assert access.known_hosts(NAME).read_text(encoding="utf-8") == recorded


def test_up_with_other_disks_is_refused_rather_than_ignored(client: docker.DockerClient, machine: Container) -> None:
    with pytest.raises(Problem, match="exists with other disks"):
        vps.up(client, NAME, {"disks": [], "publish": [], "hosts": []})


def test_another_checkout_neither_finds_it_nor_is_kept_from_its_name(
    client: docker.DockerClient, machine: Container, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(access, "STATE", tmp_path)
    monkeypatch.setattr(access, "KEY", tmp_path / "id_ed25519")

    assert vps.find(client, NAME) is None
    other = vps.up(client, NAME, {"disks": [], "publish": [], "hosts": []})
    try:
        assert vps.every(client) == [other]
    finally:
        vps.down(client, NAME)
    machine.reload()
    assert machine.status == "running"


def test_down_leaves_no_container_and_no_volume_but_the_disk(client: docker.DockerClient, disk: Path) -> None:
    name = f"{NAME}-lost"
    lost = vps.up(client, name, {"disks": [str(disk)], "publish": [], "hosts": []})
    ssh(lost, "echo backup >/mnt/backup/point; echo layer >/var/lib/docker/layer")
    volumes = {mount["Name"] for mount in lost.attrs["Mounts"] if mount["Type"] == "volume"}

    assert vps.down(client, name)

    assert len(volumes) == 2
    assert volumes.isdisjoint(volume.name for volume in client.volumes.list())
    assert vps.find(client, name) is None
    assert not access.known_hosts(name).exists()
    assert (disk / "point").read_text(encoding="utf-8") == "backup\n"
