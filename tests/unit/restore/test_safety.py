# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which restore the same words go on with, what is kept before it, and who makes points after it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import create, fence
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore, broken_off
from support.fakes.world import World
from support.specs import changed


@pytest.fixture
def host(spec: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    return changed(spec, state_dir=str(tmp_path))


def test_each_level_that_fails_names_the_next_and_a_broken_stack_is_restored_all_the_same(world: World) -> None:
    before = world.data()
    point = create.create(world.spec, world.settings).manifest["id"]

    def put_back(**given: Any) -> dict[str, str]:
        asked = Asked(point, world.confirmation, **given)
        return restore.restore(world.target, world.settings, asked, world.hear)["safety"]

    assert put_back()["kind"] == "point"
    world.commands.fail("docker exec pg_dump", "no memory", word="--snapshot")
    kept = put_back()
    assert kept["kind"] == "cold"
    assert [line for line in world.said if "no memory" in line and "a cold copy is made instead" in line]
    world.disk.full = True
    with pytest.raises(PointError, match="does not fit under .*\\nrestore_safety=none .* with no way back"):
        put_back()
    assert [path.name for path in Path(world.path("var/world/safety")).iterdir()] == [kept["name"]]
    assert put_back(level="none")["name"] == "" and world.data() == before


def test_the_same_words_go_on_with_the_restore_that_broke_off(host: dict[str, Any]) -> None:
    journal = Restore(host.state_dir, "20261123T030000Z-3f9a")
    journal.begin(wanted="latest", manifest={"only": ["files"]})
    journal.note("plan", {})
    journal.note("verify", {})
    now = datetime.datetime.now().astimezone()
    assert broken_off(host.state_dir, "latest", ["files"], now) == "20261123T030000Z-3f9a"
    assert broken_off(host.state_dir, "latest", [], now) is None
    assert broken_off(host.state_dir, "20261124", ["files"], now) is None
    assert broken_off(host.state_dir, "latest", ["files"], now + datetime.timedelta(days=2)) is None


def test_a_host_whose_stack_was_restored_elsewhere_makes_no_points(host: dict[str, Any]) -> None:
    mine = fence.identity(host)
    assert fence.identity(host) == mine
    fence.refuse([], host)
    first = {"time": "2026-11-23T03:00:00Z", "hostname": "web2", "tags": ["part=owner", "owner=another"]}
    with pytest.raises(PointError, match="restored on web2 at 2026-11-23 03:00:00.*photo-sync take-over"):
        fence.refuse([first], host)
    later = {"time": "2026-11-24T03:00:00Z", "hostname": "web1", "tags": ["part=owner", f"owner={mine}"]}
    fence.refuse([later, first], host)
