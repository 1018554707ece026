# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An engine from Docker's own repository runs the stack, stays at its version, and changes without stopping anybody."""

import time
from typing import Any

import pytest
from integration.docker.conftest import OPTIONS, serves
from integration.docker.packages import Repository, Server
from support import playbook
from support.throwaway import Machine

pytestmark = pytest.mark.usefixtures("deployed")

# Containers that were stopped and started again have another time, or another number.
CONTAINERS = "docker ps -aq | sort | xargs docker inspect --format '{{.Name}} {{.State.StartedAt}} {{.State.Pid}}'"
DAEMON = "systemctl show docker --property=MainPID --value"
VERSION = "dpkg-query --show --showformat '${Version}' docker-ce"
LIMIT_SECONDS = 120


@pytest.fixture
def settings(repository: Repository) -> dict[str, Any]:
    """What the inventory says in the end; until then these tests go through other versions, in this order."""
    return {**repository.settings(), "docker_version": "28.5.2"}


@pytest.fixture
def undisturbed(vps: Machine):
    """The containers run before and after, and never stopped in between."""
    before = vps.sh(CONTAINERS)
    assert len(before.splitlines()) == 2
    yield
    assert vps.sh(CONTAINERS) == before
    assert serves(vps)


def role(vps: Machine, settings: dict[str, Any]) -> playbook.Run:
    """Run the part of the site that is the engine's."""
    run = vps.play("site", settings, "--tags", "docker")
    assert run.rc == 0, run.output
    return run


def restarted(vps: Machine, before: str) -> str:
    """Wait until another daemon than the one before answers; return its process."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        process = vps.sh(f"docker version >/dev/null 2>&1 && {DAEMON} || true")
        if process not in ("", "0\n", before):
            return process
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_the_stack_serves_on_an_engine_from_that_repository(vps: Machine, deployed: playbook.Run):
    assert deployed.rc == 0, deployed.output
    assert serves(vps)
    assert vps.sh(VERSION).startswith("5:28.5.1-1~debian.13")
    assert vps.sh("dpkg-query --show --showformat '${db:Status-Status}' docker.io 2>/dev/null || true") != "installed"


def test_the_repository_is_written_as_docker_and_apt_recommend_it(vps: Machine, repository: Repository):
    assert vps.sh("cat /etc/apt/sources.list.d/docker.sources") == (
        "Types: deb\n"
        f"URIs: {repository.url}/debian\n"
        "Suites: trixie\n"
        "Components: stable\n"
        f"Architectures: {vps.sh('dpkg --print-architecture').strip()}\n"
        "Signed-By: /etc/apt/keyrings/docker.asc\n"
    )
    said = vps.sh("stat -c '%a %U' /etc/apt/sources.list.d/docker.sources /etc/apt/keyrings/docker.asc; apt-get update")
    assert said.startswith("644 root\n644 root\n")
    assert [line for line in said.splitlines() if line.startswith(("E:", "W:"))] == []


def test_a_second_run_changes_nothing_and_asks_neither_the_repository_nor_a_registry(
    vps: Machine, server: Server, settings: dict[str, Any], undisturbed: None
):
    vps.sh("cp /etc/hosts /root/hosts && sed 's/.*depot.test/192.0.2.1 depot.test/' /root/hosts >/etc/hosts")
    with server.away():
        run = vps.play("site", {**settings, "docker_version": "28.5.1"})
    vps.sh("cat /root/hosts >/etc/hosts")
    assert run.rc == 0, run.output
    assert run.changed == 0, run.output


@pytest.mark.full
def test_a_pinned_engine_is_kept_by_everybodys_upgrade(vps: Machine, undisturbed: None):
    vps.sh("apt-get update -qq && apt-get install -y -qq --only-upgrade docker-ce docker-ce-cli containerd.io")
    assert vps.sh(VERSION).startswith("5:28.5.1-")
    assert "Candidate: 5:28.5.1-" in vps.sh("apt-cache policy docker-ce")


@pytest.mark.full
def test_an_engine_that_is_no_longer_pinned_is_held_no_longer_and_stays_all_the_same(
    vps: Machine, settings: dict[str, Any], undisturbed: None
):
    role(vps, {**settings, "docker_version": ""})
    assert "Candidate: 5:28.5.2-" in vps.sh("apt-cache policy docker-ce")
    assert vps.sh(VERSION).startswith("5:28.5.1-")


@pytest.mark.full
def test_another_version_comes_when_it_is_asked_for_and_stops_nobody(
    vps: Machine, settings: dict[str, Any], undisturbed: None
):
    before = vps.sh(DAEMON)
    role(vps, settings)
    assert vps.sh(VERSION).startswith("5:28.5.2-")
    assert vps.sh(DAEMON) != before


@pytest.mark.full
def test_an_engine_of_another_source_is_kept_and_that_is_said(
    vps: Machine, settings: dict[str, Any], undisturbed: None
):
    before = vps.sh(DAEMON)
    run = role(vps, {**settings, "docker_source": "distribution"})
    # It is noted that this stack no longer minds where packages come from.
    assert run.changed == 1
    said = " ".join(run.output.split())
    assert "docker_source: it is distribution, but Docker" in said and "is installed, and is kept" in said
    role(vps, settings)
    assert vps.sh(DAEMON) == before


@pytest.mark.full
def test_containers_go_on_while_the_daemon_is_killed_or_restarted(vps: Machine, undisturbed: None):
    # systemd gives up after three starts within a minute, and the tests before this one have started it as well.
    vps.sh("systemctl reset-failed docker")
    before = vps.sh(DAEMON)
    vps.sh("kill -KILL $(pidof dockerd)")
    assert serves(vps)
    again = restarted(vps, before)
    vps.sh("systemctl restart docker")
    restarted(vps, again)


@pytest.mark.full
def test_an_option_that_the_daemon_can_take_over_is_reloaded_without_a_restart(
    vps: Machine, settings: dict[str, Any], undisturbed: None
):
    before = vps.sh(DAEMON)
    run = role(vps, {**settings, "docker_daemon_options": {**OPTIONS, "max-concurrent-downloads": 5, "debug": True}})
    assert run.changed == 1
    assert vps.sh(DAEMON) == before
    assert vps.sh("docker info --format '{{.Debug}}'") == "true\n"


@pytest.mark.full
def test_an_option_that_it_cannot_take_over_restarts_the_daemon_and_stops_nobody(
    vps: Machine, settings: dict[str, Any], undisturbed: None
):
    before = vps.sh(DAEMON)
    role(vps, {**settings, "docker_daemon_options": {**OPTIONS, "log-opts": {"max-size": "20m", "max-file": "2"}}})
    assert vps.sh(DAEMON) != before
    assert vps.sh("docker info --format '{{.Debug}} {{.LiveRestoreEnabled}}'") == "false true\n"


@pytest.mark.full
def test_options_that_the_daemon_refuses_change_nothing(vps: Machine, settings: dict[str, Any], undisturbed: None):
    shown = "cat /etc/docker/daemon.json /var/lib/photosync/stacks/photo-sync.json; " + DAEMON
    before = vps.sh(shown)
    run = vps.play("site", {**settings, "docker_daemon_options": {"no-such-option": 1}}, "--tags", "docker")
    assert run.rc != 0
    assert "dockerd refuses the options" in run.output and "no-such-option" in run.output
    assert vps.sh(shown) == before
