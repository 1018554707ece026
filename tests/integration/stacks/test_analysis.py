# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""photo-sync's optional analysis service joins a deployment that holds data, by the entry in docs/catalogue.md."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from integration.stacks.documented import entry
from integration.stacks.site import Site
from support import source
from support.playbook import ROOT, Run
from support.throwaway import Machine, image, machine

pytestmark = pytest.mark.full

HERE = ROOT / "tests" / "integration" / "stacks"
IMAGES = ROOT / "tests" / "images"
ANALYSIS = entry("docs/catalogue.md", "analysis")
PHOTOS = [str(uuid.UUID(int=number)) for number in range(1, 25)]
CONTAINERS = "docker ps --all --no-trunc --format '{{.Label \"com.docker.compose.service\"}} {{.ID}}' | sort"
STARTED = "docker inspect --format '{{.Name}} {{.State.StartedAt}}' $(docker ps --all --quiet) | sort"

# As much of photo-sync as the entry stands on: Immich, grouping with its database, and the way in. Grouping has a
# route, so that the test can put rows into its database as a client does.
LEFT_OUT = ["web-ui", "api-gateway", "dedup-service", "immich-machine-learning"]
SERVICES = [
    *({"name": name, "enabled": False} for name in LEFT_OUT),
    {"name": "caddy", "image": "caddy", "depends_on": ["grouping-service"]},
    {"name": "grouping-service", "route": {"paths": ["/assets/*", "/groups"], "port": 8000}},
    {"name": "immich-server", "image": "immich-server"},
    {"name": "immich-postgres", "image": "postgres"},
    {"name": "custom-postgres", "image": "postgres"},
    {"name": "immich-redis", "image": "valkey"},
    {"name": "custom-redis", "image": "valkey"},
]


@dataclass
class Deployed:
    """photo-sync on a machine, without and then with the analysis service."""

    vps: Machine
    version: str

    def play(self, *more: dict[str, Any]) -> Run:
        """Run the site playbook with further entries; everything else stays as it is."""
        services = [{**one, "image": image(one["image"])} if "image" in one else one for one in SERVICES]
        variables = {"stack_source_version": self.version, "catalogue_services": [*services, *more]}
        done = self.vps.play("site", variables)
        assert done.rc == 0, done.output
        return done

    @property
    def site(self) -> Site:
        return Site(self.vps, "photo-sync", "photo-sync.localhost")

    def containers(self) -> dict[str, str]:
        """The container of each service."""
        return dict(line.split() for line in self.vps.sh(CONTAINERS).splitlines())

    def databases(self) -> set[str]:
        """Names of the databases on custom-postgres."""
        asked = "SELECT datname FROM pg_database WHERE NOT datistemplate"
        psql = f"psql --username postgres --tuples-only --no-align --command '{asked}'"
        return set(self.vps.sh(f"docker exec photo-sync-custom-postgres-1 {psql}").split())

    def last_point(self) -> dict[str, Any]:
        """Tables and rows of each database in the newest restore point, which is made now."""
        made = json.loads(self.vps.sh("photo-sync backup --json 2>/dev/null"))["point"]
        return {f"{part['service']}/{part['database']}": part["tables"] for part in made["databases"]}


@dataclass
class Before:
    """What was there before the entry was added."""

    containers: dict[str, str]
    started: list[str]
    groups: Any


@pytest.fixture(scope="session")
def deployed() -> Iterator[Deployed]:
    """A part of photo-sync, and sources that have the folder of the analysis service."""
    variables = {
        "stack_domain": "photo-sync.localhost",
        "stack_tls": "internal",
        "docker_source": "distribution",
        "docker_daemon_options": {"insecure-registries": ["depot.test:5000"]},
        "stack_source_repo": source.REPOSITORY,
        "stack_build": {"base_images": {"python:3.11-slim": image("base")}},
        "backup_repository": "/srv/backup",
        "backup_accept_local_only": True,
        "backup_key_escrowed": True,
    }
    with machine("stacks-analysis", variables) as vps:
        vps.sh("mkdir -p /srv/photos /srv/backup")
        folders = {
            "services/grouping": IMAGES / "repository" / "services" / "grouping",
            "services/analysis": HERE / "analysis",
            "services/analysis/fixture": IMAGES / "fixture",
        }
        yield Deployed(vps, source.lay(vps, folders))


@pytest.fixture(scope="session")
def before(deployed: Deployed) -> Before:
    """It serves, and holds rows."""
    deployed.play()
    assert deployed.databases() == {"postgres", "grouping"}
    for number, photo in enumerate(PHOTOS):
        deployed.site.ask(f"/assets/{photo}", b"photo %d" % number)
    started = deployed.vps.sh(STARTED).splitlines()
    return Before(deployed.containers(), started, deployed.site.ask("/groups"))


@pytest.fixture(scope="session")
def added(deployed: Deployed, before: Before) -> Run:
    """One entry more, and the same playbook again."""
    return deployed.play(ANALYSIS)


def test_its_database_is_made_on_the_server_that_runs_and_no_other_container_is_touched(deployed, before, added):
    assert deployed.databases() == {"postgres", "grouping", "analysis"}
    now = deployed.containers()
    assert now.keys() - before.containers.keys() == {"analysis"}
    assert {service: container for service, container in now.items() if service != "analysis"} == before.containers
    assert set(before.started) < set(deployed.vps.sh(STARTED).splitlines())


def test_the_data_that_was_there_is_there(deployed, before, added):
    assert len(before.groups[0]["assets"]) == len(PHOTOS)
    assert deployed.site.ask("/groups") == before.groups


def test_it_is_healthy_limited_and_reached_through_its_route(deployed, added):
    told = deployed.vps.sh("photo-sync health")
    assert "analysis" in told and "UNHEALTHY" not in told
    memory = deployed.vps.sh("docker inspect --format '{{.HostConfig.Memory}}' photo-sync-analysis-1")
    assert int(memory) == 1 << 30
    for photo in PHOTOS[:3]:
        deployed.site.ask(f"/analysis/{photo}", b"seen")
    assert len(deployed.site.ask("/analysis/rows")["analysis"]["score"]["rows"]) == 3


def test_a_second_run_changes_nothing(deployed, added):
    assert deployed.play(ANALYSIS).changed == 0


def test_the_next_restore_point_holds_its_database_beside_the_others(deployed, added):
    tables = deployed.last_point()
    assert set(tables) == {"custom-postgres/analysis", "custom-postgres/grouping", "immich-postgres/immich"}
    assert tables["custom-postgres/analysis"]["public.score"]["rows"] == 3
    assert tables["custom-postgres/grouping"]["public.group_member"]["rows"] == len(PHOTOS)
