# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Old data goes when new data is on the disk, however deep its folders are."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import create
from ansible_collections.photosync.vps.plugins.module_utils.common import files
from ansible_collections.photosync.vps.plugins.module_utils.restore import abandon, safety_copy
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from support.fakes.world import World

DATA = "/docker/volumes/world_photos/_data"


def passed(world: World, begun: int) -> list[str]:
    """What was done to the volume with photos since then, and all syncs."""
    return [one for one in world.commands.passed[begun:] if DATA in one or one.startswith("sync ")]


def assert_in_order(done: list[str], name: str) -> None:
    """What is new is on the disk before it gets its name, and its name before anything old is removed."""
    aside, rubbish = f"{DATA}.before-{name}", f"{DATA}.before-{name}{files.RUBBISH}"
    at = done.index(f"rename {DATA} to {aside}")
    assert done[at - 1].startswith(f"sync {DATA}.restore-") and done[at + 1].endswith(f"{name} to {DATA}")
    removed = done.index(f"rename {aside} to {rubbish}")
    assert f"sync {DATA}" in done[at:removed] and done[removed + 1] == f"remove {rubbish}"


def test_the_new_is_on_the_disk_before_it_is_exchanged_and_the_exchange_before_the_old_is_removed(
    world: World,
) -> None:
    point = create.create(world.spec, world.settings).manifest["id"]
    begun = len(world.commands.passed)
    asked = Asked(point, world.confirmation, level="cold")
    kept = restore.restore(world.target, world.settings, asked, world.hear)["safety"]["name"]
    assert_in_order(passed(world, begun), point)
    dropped = next(at for at, one in enumerate(world.commands.passed) if "albums_before" in one and at > begun)
    assert any("pgdata" in one for one in world.commands.passed[begun:dropped] if one.startswith("sync"))
    begun = len(world.commands.passed)
    abandon.undo(world.target, world.settings, kept, world.confirmation, world.hear)
    assert_in_order(passed(world, begun), kept)


def test_a_cold_copy_is_on_the_disk_before_it_is_called_one(world: World) -> None:
    name = safety_copy.make(world.spec, {"volumes": [{"name": "photos"}], "databases": []}, world.hear)
    *_before, synced, called = world.commands.passed
    assert synced == f"sync /var/world/safety/{name}" and called.endswith(f" to /var/world/safety/{name}/cold.json")


def test_a_disk_that_cannot_be_written_to_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.sync_file_system(str(tmp_path / "not" / "there yet"))

    def syncfs(_handle: int) -> int:
        ctypes.set_errno(errno.EIO)
        return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_given, **_named: SimpleNamespace(syncfs=syncfs))
    with pytest.raises(OSError, match="Input/output error") as raised:
        files.sync_file_system(str(tmp_path))
    assert raised.value.errno == errno.EIO


def test_folders_go_however_deep_they_are(tmp_path: Path) -> None:
    deep = tmp_path / "volume" / "deep"
    deep.mkdir(parents=True)
    here = os.open(deep, os.O_RDONLY)
    for _depth in range(1300):
        os.mkdir("d", dir_fd=here)
        there = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(here)
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))
    try:
        safety_copy.empty(str(tmp_path / "volume"))
        assert os.listdir(tmp_path / "volume") == []
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))
        subprocess.run(["rm", "-rf", str(deep)], check=True)
