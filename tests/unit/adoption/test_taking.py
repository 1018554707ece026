# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the machine meets too seldom: archives, the ends of a way back, and what cannot be taken over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.adoption import back, looking
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import AdoptionError
from support.fakes import description, old
from support.fakes.old import Taking
from support.fakes.world import World

NAMES = {name: f"world_{name}" for name in old.VOLUMES}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        yield world


@pytest.fixture
def importing(world: World) -> Taking:
    """A host with nothing but archives."""
    old.deploy(world)
    world.before = old.data(world)
    return Taking(world, "", old.archive(world))


@pytest.mark.parametrize(
    "where",
    [
        "",
        "database-albums.dump",
        "removing world-import-database",
        "unfinished.json",
        "creating database",
        "table",
        "wiki",
    ],
)
def test_archives_become_a_stack_whatever_is_killed(world: World, importing: Taking, where: str) -> None:
    assert looking.look(world.spec, "", importing.archives)["ready"] and not world.docker.volumes
    assert world.killed(importing.whole, where=where) == bool(where), world.commands.passed
    mounted = importing.whole() if where else NAMES
    assert mounted == NAMES and old.data(world, mounted) == world.before
    assert world.running() == {"database", "web", "wiki"} and set(world.docker.volumes) == set(NAMES.values())


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ({"postgresql": "16.4"}, "was written by PostgreSQL 17, and example/reader:1 is 16"),
        (None, "example/reader:1 cannot be pulled: .*not found"),
        ({"postgresql": "17.6", "crashes": 3}, "does not answer"),
    ],
)
def test_an_archive_that_nobody_reads_stops_it_and_nothing_is_left(
    world: World, importing: Taking, image: dict[str, object] | None, said: str
) -> None:
    importing.images = {"database": "example/reader:1"}
    if image:
        world.image("example/reader:1", **image)
    with pytest.raises(AdoptionError, match=said):
        importing.phase("unpack")
    assert not world.docker.volumes and not world.docker.containers and not importing.journal.there


def test_archives_are_not_imported_over_data(world: World, importing: Taking) -> None:
    world.docker.make_volume("world_photos", {})
    world.write("photos", "other.jpg", "another")
    with pytest.raises(AdoptionError, match="the volume world_photos holds data already"):
        importing.phase("unpack")


def test_archives_that_are_taken_back_leave_nothing(world: World, importing: Taking) -> None:
    assert world.killed(importing.whole, where="starting wiki")
    importing.phase("undo")
    assert not world.docker.volumes and not world.docker.containers and not importing.journal.there


@pytest.mark.parametrize("project", [old.PROJECT, "world"])
def test_a_way_back_from_the_very_end_makes_the_containers_again_however_often_it_is_killed(
    world: World, project: str
) -> None:
    old.deploy(world, project=project)
    before, taking = old.data(world, project=project), Taking(world, project)
    assert world.killed(taking.whole, where="TAKEN-OVER")
    for where in ("starting db", "starting web"):
        assert world.killed(lambda: taking.phase("undo"), where=where)
    taking.phase("undo")
    assert old.data(world, project=project) == before
    assert {one.name for one in world.docker.containers.values()} == {f"{project}-db-1", f"{project}-web-1"}
    assert world.running() == {"db", "web"}


def test_an_old_deployment_that_does_not_stay_up_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.image("example/old-web:1")
    old.deploy(world, web="example/old-web:1")
    assert world.killed(Taking(world).whole, where="starting wiki")
    world.docker.images["example/old-web:1"].crashes = 1
    monkeypatch.setattr(back, "RUNNING_SECONDS", -1)
    with pytest.raises(AdoptionError, match="does not stay up: web"):
        Taking(world).phase("undo")


def test_an_old_server_that_stood_still_is_asked_and_stands_still_again(world: World) -> None:
    old.deploy(world)
    (server,) = [one for one in world.docker.containers.values() if one.service == "db"]
    world.docker.stop(server)
    Taking(world).phase("save")
    assert server.state == "exited"
    assert os.listdir(world.path("var/world/adopted/dumps")) == ["database-albums.dump", "database-roles.sql"]


def test_what_cannot_be_taken_over_is_refused_and_the_old_deployment_serves_on(world: World) -> None:
    old.deploy(world)
    taking = Taking(world)
    with pytest.raises(AdoptionError, match="there is no Compose project other on this host any more"):
        Taking(world, "other").phase("save")
    taking.phase("save")
    world.image(description.POSTGRES, postgresql="16.4")
    with pytest.raises(AdoptionError, match="holds data of PostgreSQL 17, and example/postgres:1 is 16"):
        taking.phase("weigh")
    world.image(description.POSTGRES, postgresql="17.6")
    taking.phase("weigh")
    description.serve(world.described, description.lay(world.described))
    with pytest.raises(
        AdoptionError, match=r"does not mount the volumes that were decided on \(pages, pgdata, photos\)"
    ):
        taking.phase("stop")
    assert world.running() == {"db", "web"} and not taking.journal.facts.get("touched")
