# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""On the fakes the engine makes a point and puts it back, without an engine, a repository or a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import create
from ansible_collections.photosync.vps.plugins.module_utils.restore import whole
from support.fakes.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        world.deploy()
        yield world


def test_what_was_changed_is_as_it_was(world: World) -> None:
    before = world.data()
    made = create.create(world.spec, world.settings, progress=world.hear).manifest
    world.spoil()
    assert world.data() != before
    done = whole.restore_all(world.spec, world.settings, made["id"], world.confirmation, [], "auto", world.hear)
    assert done["point"] == made["id"]
    assert world.data() == before
    assert world.leftovers() == []
    assert world.running() == {"database", "web", "wiki"}
