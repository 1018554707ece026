# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two stacks on one host: no run of one takes away what the other wants of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from integration.docker.conftest import HEALTHY, REGISTRY, inventory
from support import throwaway
from support.playbook import Run
from support.throwaway import Machine

pytestmark = pytest.mark.full

PARTS = "/var/lib/photosync/stacks"
DAEMON = "systemctl show docker --property=MainPID --value"
STARTED = "docker ps -aq | sort | xargs docker inspect --format '{{.Name}} {{.State.StartedAt}}'"
# An option that only a restart brings into force, so that taking it away would be seen.
OPTIONS: dict[str, dict[str, Any]] = {
    "one": {"insecure-registries": [REGISTRY], "max-concurrent-downloads": 5, "no-new-privileges": False},
    "two": {"insecure-registries": ["two.test:5000"], "debug": True},
}


def stack(name: str, **changes: Any) -> dict[str, Any]:
    """The inventory of a stack: a Caddy and a page for the one, a page alone for the other."""
    given = {**inventory(), "stack_name": name, "docker_daemon_options": OPTIONS[name], "docker_source": "distribution"}
    if name == "two":
        page = {"name": "page", "image": throwaway.image("nginx"), "healthcheck": HEALTHY}
        given["catalogue_services"] = [{**page, "deploy": {"resources": {"reservations": {"memory": "32M"}}}}]
    return {**given, **changes}


@pytest.fixture(scope="module")
def vps() -> Iterator[Machine]:
    """A bare machine, for two inventories."""
    with throwaway.machine("docker-shared", bare=True) as machine:
        yield machine


def site(vps: Machine, name: str, *options: str) -> Run:
    run = vps.play("site", stack(name), *options)
    assert run.rc == 0, run.output
    return run


def daemon_options(vps: Machine) -> dict[str, Any]:
    return json.loads(vps.sh("cat /etc/docker/daemon.json"))


def test_what_a_second_stack_would_add_is_told_before_it_does(vps: Machine) -> None:
    site(vps, "one")
    before = vps.sh(f"cat /etc/docker/daemon.json; ls {PARTS}; {DAEMON}")
    told = site(vps, "two", "--check", "--diff").output
    assert f"+++ after: {PARTS}/two.json" in told and "two.test:5000" in told
    assert vps.sh(f"cat /etc/docker/daemon.json; ls {PARTS}; {DAEMON}") == before


def test_a_second_stacks_run_takes_nothing_away_from_the_first(vps: Machine) -> None:
    before = set(vps.sh(STARTED).splitlines())
    site(vps, "two")
    found = daemon_options(vps)
    assert found["insecure-registries"] == [REGISTRY, "two.test:5000"]
    assert (found["max-concurrent-downloads"], found["no-new-privileges"], found["debug"]) == (5, False, True)
    assert before < set(vps.sh(STARTED).splitlines())


def test_further_runs_of_either_change_nothing(vps: Machine) -> None:
    before = vps.sh(DAEMON)
    for name in ("one", "two"):
        run = site(vps, name)
        assert run.changed == 0, run.output
    assert vps.sh(DAEMON) == before


def test_what_both_want_differently_is_refused_and_names_both(vps: Machine) -> None:
    # A port belongs to its stack while that stands still too.
    vps.sh("docker stop one-caddy-1")
    services = stack("one")["catalogue_services"]
    options = {"max-concurrent-downloads": 9}
    run = vps.play("site", stack("two", catalogue_services=services, docker_daemon_options=options))
    vps.sh("docker start one-caddy-1")
    said = " ".join(run.output.split())
    assert run.rc != 0 and run.changed == 0, run.output
    assert "max-concurrent-downloads is to be 5 for one and 9 for two" in said
    assert "port 443/tcp belongs to stack one" in said


def test_a_host_of_a_version_before_has_no_parts_and_gets_them_with_nothing_restarted(vps: Machine) -> None:
    before = vps.sh(f"cat /etc/docker/daemon.json; {DAEMON}; {STARTED}")
    parts = vps.sh(f"tail -n +1 {PARTS}/*")
    vps.sh(f"rm -r {PARTS}")
    for name in ("two", "one"):
        site(vps, name)
        assert vps.sh(f"cat /etc/docker/daemon.json; {DAEMON}; {STARTED}") == before
    assert vps.sh(f"tail -n +1 {PARTS}/*") == parts
    assert site(vps, "two").changed == 0


def test_a_stack_that_is_gone_is_told_and_takes_back_its_own_part_alone(vps: Machine) -> None:
    vps.sh("docker compose --project-name two down && rm -r /opt/two")
    assert "stack two has no /opt/two on this host" in " ".join(site(vps, "one").output.split())
    vps.sh(f"rm {PARTS}/two.json")
    site(vps, "one", "--tags", "docker")
    found = daemon_options(vps)
    assert "debug" not in found
    assert (found["insecure-registries"], found["max-concurrent-downloads"]) == ([REGISTRY], 5)
