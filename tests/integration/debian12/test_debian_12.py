# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Debian 12: its own engine is refused with the reason, Docker's own runs the stack. In this order, on one VPS."""

from collections.abc import Iterator
from typing import Any

import pytest
from integration.docker.conftest import inventory, serves
from integration.docker.packages import Repository, serving
from support import throwaway
from support.throwaway import Machine

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def vps() -> Iterator[Machine]:
    """A bare Debian 12."""
    with throwaway.machine("docker-debian12", inventory(), "--suite", "bookworm", bare=True) as machine:
        yield machine


@pytest.fixture(scope="module")
def repository() -> Iterator[Repository]:
    """Docker's own repository, played."""
    with serving() as server:
        yield server.publish("good")


def refused(vps: Machine, settings: dict[str, Any]) -> str:
    """Return what a refused run says, in one line."""
    run = vps.play("site", settings)
    assert run.rc != 0 and run.changed == 0, run.output
    return " ".join(run.output.split())


def test_its_own_packages_are_refused_because_they_bring_no_compose_v2(vps: Machine):
    said = refused(vps, {"docker_source": "distribution"})
    assert "1 problem. Nothing was changed." in said
    assert "Debian GNU/Linux 12 (bookworm)'s own packages bring no Docker Compose v2" in said
    assert "Fix: set docker_source: upstream" in said


@pytest.mark.parametrize("source", ["distribution", "upstream"])
def test_its_own_engine_that_is_there_is_refused_and_not_swapped(vps: Machine, repository: Repository, source: str):
    vps.sh("apt-get update -qq && apt-get install -y -qq --no-install-recommends docker.io >/dev/null 2>&1")
    engine = vps.sh("systemctl show docker --property=MainPID --value")
    said = refused(vps, {**repository.settings(), "docker_source": source})
    assert "its docker.io is installed; an engine that is there is never swapped" in said
    assert "remove docker.io and containerd yourself" in said
    assert vps.sh("systemctl show docker --property=MainPID --value") == engine


def test_dockers_own_packages_run_the_stack_and_a_second_run_changes_nothing(vps: Machine, repository: Repository):
    vps.sh("apt-get purge -y -qq --autoremove docker.io containerd runc >/dev/null 2>&1")
    first = vps.play("site", repository.settings())
    assert first.rc == 0, first.output
    assert serves(vps)
    assert "debian.12~bookworm" in vps.sh("dpkg-query --show docker-ce")
    second = vps.play("site", repository.settings())
    assert (second.rc, second.changed) == (0, 0), second.output
