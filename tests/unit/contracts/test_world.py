# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""On the fakes the engine saves, restores, copies, prunes and deploys; what is killed there is done by the next run."""

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import copying, create, listing, prune
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.restore.differences import Disproved
from support.fakes.world import World

EVERYTHING = {"database", "web", "wiki"}


def back_up(world: World) -> str:
    """Make a point; returns its ID."""
    return create.create(world.spec, world.settings, progress=world.hear).manifest["id"]


def put_back(world: World, point: str, **given: Any) -> dict[str, Any]:
    """Restore a point as a whole."""
    return restore.restore(world.target, world.settings, Asked(point, world.confirmation, **given), world.hear)


def test_what_was_changed_is_as_it_was(world: World) -> None:
    before, point = world.data(), back_up(world)
    world.spoil()
    assert world.data() != before
    put_back(world, point)
    assert world.data() == before
    assert world.leftovers() == [] and world.running() == EVERYTHING


@pytest.mark.parametrize(
    "where",
    [
        "restic backup: saving",
        "docker: stopping database",
        "restic restore: writing /2026/2.jpg",
        "rename /docker/volumes/world_photos/_data.restore-",
        "pg_restore: table",
        "psql: COMMIT",
        "docker: starting web",
        "psql: DROP DATABASE",
        "remove /docker/volumes/world_photos",
    ],
)
def test_whatever_is_killed_is_done_by_the_next_run(world: World, where: str) -> None:
    before, point = world.data(), back_up(world)
    world.spoil()
    assert world.killed(lambda: put_back(world, point), where=where), world.commands.passed
    put_back(world, point)
    assert world.data() == before
    assert world.leftovers() == [] and world.running() == EVERYTHING


@pytest.mark.parametrize("power", [True, False], ids=["with power", "without power"])
@pytest.mark.parametrize("where", ["docker: stopping wiki", "part=cold", "docker: starting wiki"])
def test_what_stood_still_for_a_backup_that_was_killed_runs_again(world: World, where: str, power: bool) -> None:
    policies = {one.service: one.policy for one in world.docker.containers.values()}
    assert world.killed(lambda: back_up(world), where=where, power=power)
    assert world.running() == EVERYTHING
    assert [one["complete"] for one in listing.list_points(world.settings, "world")] == [False]
    back_up(world)
    assert {one.service: one.policy for one in world.docker.containers.values()} == policies


def test_a_dump_that_fails_makes_no_point(world: World) -> None:
    world.commands.fail("docker exec pg_dump", "pg_dump: error: out of memory", word="--snapshot")
    with pytest.raises(Exception, match="out of memory"):
        back_up(world)
    assert not any(point["complete"] for point in _points(world))


def test_a_proof_tells_what_differs_and_everything_stands_still(world: World) -> None:
    point = back_up(world)
    asked = Asked(point, world.confirmation)
    restore.run(restore.DATA[:-1], world.target, world.settings, asked, world.hear)
    world.write("photos", "2026/1.jpg", "another")
    world.alter(lambda cluster: cluster["databases"]["albums"]["tables"]["public.album"].pop())
    with pytest.raises(Disproved) as disproved:
        restore.run(["prove"], world.target, world.settings, asked, world.hear)
    kinds = {(one["kind"], one["what"]) for one in disproved.value.result["differences"]}
    assert kinds == {("rows", "table public.album"), ("altered", "/2026/1.jpg")}
    assert world.running() == {"database"}


def test_old_points_go_and_their_copies_too(tmp_path: Path) -> None:
    copies = [{"name": "away", "repository": str(tmp_path / "srv" / "away")}]
    with World(tmp_path, retention={"keep_last": 2}, copies=copies) as world:
        world.deploy()
        points = []
        for _day in range(3):
            points.append(back_up(world))
            assert copying.copy_all(world.spec, world.settings, world.hear)[0]["error"] is None
            prune.prune(world.spec, world.settings, world.hear)
            world.clock.skip(days=1)
        for name in ("first", "away"):
            found = listing.list_points(world.settings, "world", name)
            assert [point["id"] for point in found if point["complete"]] == points[1:]


def _points(world: World) -> list[dict[str, Any]]:
    try:
        return listing.list_points(world.settings, "world")
    except ResticError:
        return []
