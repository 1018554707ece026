# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Docker's data on another disk: the stack turns healthy there, and restore points on that disk are refused."""

from collections.abc import Iterator

import pytest
from integration.releases import small
from support import throwaway
from support.throwaway import Machine

pytestmark = pytest.mark.full

ROOT = "/mnt/big/docker"


@pytest.fixture(scope="module")
def vps() -> Iterator[Machine]:
    """A bare machine with a second disk, in memory, which Docker shall have."""
    settings = small.variables()
    settings["docker_daemon_options"]["data-root"] = ROOT
    settings["preflight_free_disk"] = "1G"
    with throwaway.machine("docker-data-root", settings, bare=True) as machine:
        machine.sh("mkdir /mnt/big && mount -t tmpfs -o size=3G tmpfs /mnt/big")
        yield machine


def test_a_repository_on_the_disk_that_docker_is_to_have_is_refused_before_anything_changes(vps: Machine) -> None:
    run = vps.play("site", {"backup_enabled": True, "backup_repository": "/mnt/big/backup"})
    said = " ".join(run.output.split())
    assert run.rc != 0 and run.changed == 0, run.output
    assert "/mnt/big/backup is on the disk of the system or of Docker" in said
    assert vps.sh("ls /mnt/big; command -v docker; true") == ""


def test_internal_tls_turns_healthy_wherever_docker_has_its_volumes(vps: Machine) -> None:
    run = vps.play("site")
    assert run.rc == 0, run.output
    assert vps.sh("docker info --format '{{.DockerRootDir}}'").strip() == ROOT
    assert "web from outside" in vps.sh("small health")
    again = vps.play("site")
    assert (again.rc, again.changed) == (0, 0), again.output
