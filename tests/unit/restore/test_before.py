# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who goes back takes away what the restore has put here, and nothing that was here before or is somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.restore import before
from support.fakes.world import World

WHOLE: dict[str, Any] = {"only": [], "volumes": [], "databases": []}
PART = {**WHOLE, "only": ["files"], "volumes": [{"name": "photos"}]}


@pytest.mark.parametrize(
    ("manifest", "found"),
    [(WHOLE, {"photos": "used", "pgdata": "used", "pages": "bare"}), (PART, {"photos": "used"})],
)
def test_how_each_volume_was_is_noted_of_those_that_change(world: World, manifest: Any, found: dict[str, str]) -> None:
    (world.volume("pages") / "home.md").unlink()
    assert before.volumes(world.spec, manifest) == found


@pytest.mark.parametrize(
    ("was", "servers"),
    [
        ({"pgdata": "used", "photos": "used"}, {"database"}),
        ({"pgdata": "bare", "photos": "used"}, set()),
        ({"photos": "used"}, set()),
    ],
)
def test_a_server_was_here_where_its_own_volume_was_in_use(
    world: World, was: dict[str, str], servers: set[str]
) -> None:
    assert before.servers(world.spec, was) == servers


def test_what_nobody_noted_is_taken_for_a_server_that_may_have_been_here(world: World) -> None:
    manifest = {**WHOLE, "volumes": [{"name": "photos"}], "databases": [{"service": "database"}]}
    assert before.guessed(world.spec, manifest) == {"photos": "bare", "pgdata": "used"}


def test_a_volume_that_somebody_else_uses_too_is_not_taken_from_him(world: World) -> None:
    web = next(one for one in world.docker.containers.values() if one.service == "web")
    other = world.docker.create("another-web-1", web.image, web.reference, mounts={"/x": "world_photos"})
    web.stop()
    with pytest.raises(Exception, match="volume is in use"):
        before.take_away(world.spec, PART, {"photos": "absent"}, world.hear)
    assert other.id in world.docker.containers and web.id not in world.docker.containers
    assert (world.volume("photos") / "2026" / "1.jpg").exists()
    before.take_away(world.spec, WHOLE, {}, world.hear)
    assert (world.volume("photos") / "2026" / "1.jpg").exists(), "of which nothing is known, it was in use"


@pytest.mark.parametrize(("known", "left"), [("some", {"web"}), ("none", set()), ("", {"database", "web", "wiki"})])
def test_only_containers_that_were_not_here_are_removed(world: World, known: str, left: set[str]) -> None:
    ids = [one.id for one in world.docker.containers.values() if one.service in left] if known else None
    before.remove_containers("world", ids)
    assert {one.service for one in world.docker.containers.values()} == left
