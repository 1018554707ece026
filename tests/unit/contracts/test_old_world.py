# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""On the fakes another deployment is taken over, or comes back as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fakes import old
from support.fakes.old import Taking
from support.fakes.world import World

ALL = {"database", "web", "wiki"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        yield world


@pytest.mark.parametrize("version", ["17.6", "16.4"], ids=["where it lies", "by a dump"])
def test_what_the_old_deployment_had_the_stack_has(world: World, version: str) -> None:
    world.image("example/old:1", postgresql=version)
    old.deploy(world, "example/old:1")
    before = old.data(world)
    mounted = Taking(world).whole()
    assert mounted["photos"] == "old_photos" and (mounted["pgdata"] == "old_pgdata") == (version == "17.6")
    assert old.data(world, mounted) == before
    assert world.running() == ALL and not world.docker.of_project(old.PROJECT)


@pytest.mark.parametrize("where", ["docker: stopping db", "pg_restore: table", "docker: starting wiki", "psql: COMMIT"])
def test_whatever_is_killed_is_done_by_the_next_run(world: World, where: str) -> None:
    world.image("example/old:1", postgresql="16.4")
    old.deploy(world, "example/old:1")
    before, taking = old.data(world), Taking(world)
    assert world.killed(taking.whole, where=where), world.commands.passed
    assert old.data(world, taking.whole()) == before
    assert world.running() == ALL


@pytest.mark.parametrize("where", ["docker: stopping db", "pg_restore: table", "docker: starting wiki"])
def test_what_is_taken_back_runs_as_before(world: World, where: str) -> None:
    world.image("example/old:1", postgresql="16.4")
    old.deploy(world, "example/old:1")
    before, taking = old.data(world), Taking(world)
    assert world.killed(taking.whole, where=where), world.commands.passed
    taking.phase("undo")
    assert old.data(world) == before and world.running() == {"db", "web"}
    assert not world.docker.of_project("world") and not taking.journal.there
