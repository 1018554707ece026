# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Old data goes when new data is on the disk, and whatever is killed at any step is done to its end by the next run."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import disk_space
from ansible_collections.photosync.vps.plugins.module_utils.common import files, records
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import load
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.engine import PostgreSQL
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.restore import databases, phases, safety_copy, staging
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import changed, make_spec

POINT = "20261123T030000Z-3f9a"
COPY = "cold-20261123T030000Z"
OLD = {"a.jpg": "old", "b.jpg": "old"}
NEW = {"a.jpg": "new", "c.jpg": "new"}
REMOVE, RENAME = shutil.rmtree, os.rename


class Killed(BaseException):
    """The power went."""


class Disk:
    """A folder with one volume, and everything that happens in it as steps, each of which may be the last one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.target = folder / "volume" / "_data"
        self.state = folder / "state"
        self.copy = self.state / "safety" / COPY / "photos"
        self.steps: list[str] = []
        self.ends_at = 0
        self.new_is_safe = False
        write(self.target, OLD)
        write(self.copy, NEW)
        (self.copy.parent / safety_copy.FILENAME).write_text('["photos"]')
        monkeypatch.setattr(os, "rename", self._rename)
        monkeypatch.setattr(shutil, "rmtree", self._remove)
        monkeypatch.setattr(files, "sync_file_system", self._sync)
        monkeypatch.setattr(phases, "sync_file_system", self._sync)
        monkeypatch.setattr(files, "sync_folder", lambda folder: self.step(f"fsync {os.path.basename(folder)}"))
        monkeypatch.setattr(safety_copy, "run", lambda argv: self.fill(argv[-2].removesuffix("/."), argv[-1]))
        monkeypatch.setattr(safety_copy, "stop", lambda *_given: [])
        monkeypatch.setattr(engine, "make_volume", lambda *_given: str(self.target))
        monkeypatch.setattr(disk_space, "has_room", lambda *_given: True)
        monkeypatch.setattr(databases, "serve_ahead", lambda _work: None)
        self.spec = make_spec(
            stack="small",
            state_dir=str(self.state),
            volumes=[{"name": "photos", "docker_name": "small_photos", "services": ["web"]}],
        )

    def step(self, what: str) -> None:
        """Something is about to happen; what is there now has to be enough to go on with."""
        enough = self.whole(OLD) or (self.new_is_safe and self.whole(NEW)) or not disk_space.has_room("", 0)
        assert enough and read(self.copy) == NEW, (self.steps, self.beside())
        self.steps.append(what)
        if len(self.steps) == self.ends_at:
            raise Killed

    def whole(self, content: dict[str, str]) -> bool:
        """Whether all of it is there, under a name that it can be found by."""
        names = [name for name in self.beside() if not name.endswith(files.RUBBISH)]
        return any(read(self.target.parent / name) == content for name in names)

    def beside(self) -> list[str]:
        """What lies where the volume lies."""
        return sorted(os.listdir(self.target.parent))

    def fill(self, source: str, target: str) -> None:
        """Copy, file by file."""
        self.step("fill")
        os.makedirs(target, exist_ok=True)
        for name, text in read(Path(source)).items():
            Path(target, name).write_text(text)
            self.step("filled one")

    def _rename(self, source: str, target: str) -> None:
        self.step(f"rename {os.path.basename(source)} {os.path.basename(target)}")
        RENAME(source, target)

    def _remove(self, folder: str) -> None:
        self.step(f"remove {os.path.basename(folder)}")
        for name in sorted(os.listdir(folder)):
            os.unlink(os.path.join(folder, name))
            self.step("removed one")
        REMOVE(folder)

    def _sync(self, _path: str) -> None:
        self.step("sync")
        self.new_is_safe = self.new_is_safe or self.whole(NEW)


def write(folder: Path, content: dict[str, str]) -> None:
    folder.mkdir(parents=True)
    for name, text in content.items():
        (folder / name).write_text(text)


def read(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def restore(disk: Disk) -> None:
    """The phase files, and what finish removes, of a restore that is gone on with."""

    def fill(_snapshot: str, _path: str, target: str, _on_bytes: Any) -> None:
        disk.fill(str(disk.copy), target)

    root = {"uid": os.getuid(), "gid": os.getgid(), "mode": 0o755}
    part = {"name": "photos", "snapshot": "a", "path": "/", "files": 2, "bytes": 6, "root": root}
    work: Any = SimpleNamespace(
        target=disk.spec,
        stack="small",
        only=[],
        restic=SimpleNamespace(restore=fill),
        manifest={"id": POINT, "volumes": [part], "databases": []},
        journal=Restore(str(disk.state), POINT),
        progress=lambda _text: None,
    )
    if work.journal.result("files") is None:
        work.journal.note("files", phases.files(work))
    staging.clear(str(disk.target))


def put_back(disk: Disk) -> None:
    safety_copy.put_back(disk.spec, COPY, lambda _text: None)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Disk]:
    made = iter(range(10**6))
    return lambda: Disk(tmp_path / str(next(made)), monkeypatch)


def killed(disk: Disk, deed: Callable[[Disk], None], ends_at: int) -> bool:
    """Do it until a step; whether it was killed there, instead of coming to its end."""
    disk.steps, disk.ends_at = [], ends_at
    try:
        deed(disk)
    except Killed:
        return True
    finally:
        disk.ends_at = 0
    return False


@pytest.mark.parametrize("deed", [restore, put_back])
def test_killed_at_any_step_the_next_run_comes_to_its_end_and_old_and_new_are_never_both_gone(
    make: Callable[[], Disk], deed: Callable[[Disk], None]
) -> None:
    first = 1
    while killed(disk := make(), deed, first):
        second = 1
        while killed(disk, deed, second):
            deed(disk)
            assert (disk.beside(), read(disk.target)) == (["_data"], NEW), (first, second)
            disk = make()
            assert killed(disk, deed, first)
            second += 1
        assert (disk.beside(), read(disk.target)) == (["_data"], NEW), first
        assert read(disk.copy) == NEW
        first += 1
    assert first > 12
    assert (disk.beside(), read(disk.target)) == (["_data"], NEW)


@pytest.mark.parametrize("deed", [restore, put_back])
def test_the_new_is_on_the_disk_before_it_is_exchanged_and_the_exchange_before_the_old_is_removed(
    make: Callable[[], Disk], deed: Callable[[Disk], None]
) -> None:
    disk = make()
    deed(disk)
    name = POINT if deed is restore else COPY
    said = [step for step in disk.steps if step not in ("fill", "filled one", "removed one", "fsync restore")]
    at = said.index(f"rename _data _data.before-{name}")
    assert said[at - 1 : at + 3] == [
        "sync",
        f"rename _data _data.before-{name}",
        f"rename _data.restore-{name} _data",
        "fsync volume",
    ]
    rubbish = f"_data.before-{name}{files.RUBBISH}"
    assert said[-4:] == ["sync", f"rename _data.before-{name} {rubbish}", "fsync volume", f"remove {rubbish}"]


def test_without_room_a_cold_copy_is_put_back_over_what_is_there_and_again_after_every_kill(
    make: Callable[[], Disk], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: Any) -> bool:
        return False

    def over(disk: Disk) -> None:
        monkeypatch.setattr(disk_space, "has_room", full)
        put_back(disk)

    ends_at = 1
    while killed(disk := make(), over, ends_at):
        over(disk)
        assert (disk.beside(), read(disk.target)) == (["_data"], NEW), ends_at
        ends_at += 1
    assert disk.steps[0] == disk.steps[-1] == "sync" and ends_at > 3


def test_what_a_kill_leaves_of_an_old_folder_is_never_taken_for_the_whole(make: Callable[[], Disk]) -> None:
    disk = make()
    RENAME(disk.target, staging.beside(str(disk.target), "before", POINT))
    write(disk.target, NEW)
    assert killed(disk, lambda disk: staging.clear(str(disk.target)), 5)
    assert disk.steps[-1] == "removed one"
    REMOVE(disk.target)
    staging.bring_back(str(disk.target))
    assert not disk.target.exists()
    assert not staging.exchanged(str(disk.target), POINT)


def test_what_was_set_aside_comes_back_where_nothing_has_its_place(make: Callable[[], Disk]) -> None:
    disk = make()
    RENAME(disk.target, staging.beside(str(disk.target), "before", "20261101T030000Z-0000"))
    write(Path(staging.beside(str(disk.target), "restore", "20261101T030000Z-0000")), {"a.jpg": "half"})
    staging.clear(str(disk.target))
    assert (disk.beside(), read(disk.target)) == (["_data"], OLD)


def test_whatever_has_taken_the_volumes_place_in_between_is_set_aside_too(make: Callable[[], Disk]) -> None:
    disk = make()
    assert killed(disk, put_back, 6)
    assert disk.steps[-1].endswith("_data") and not disk.target.exists()
    write(disk.target, {"later.jpg": "later"})
    put_back(disk)
    assert (disk.beside(), read(disk.target)) == (["_data"], NEW)


def test_a_cold_copy_is_on_the_disk_before_it_is_called_one(make: Callable[[], Disk], monkeypatch: Any) -> None:
    disk = make()
    disk.spec = changed(disk.spec, volumes=[{**records.as_json(disk.spec.volumes[0]), "backup": "files"}])
    monkeypatch.setattr(engine, "mountpoint", lambda _name: str(disk.target))
    write_atomically = files.write_atomically

    def writing(path: str, content: str) -> None:
        disk.step(f"write {os.path.basename(path)}")
        write_atomically(path, content)

    monkeypatch.setattr(files, "write_atomically", writing)
    name = safety_copy.make(disk.spec, {"volumes": [{"name": "photos"}], "databases": []}, lambda _text: None)
    assert disk.steps[-3:-1] == ["sync", "write cold.json"]
    assert safety_copy.contents(disk.spec, name) == ["photos"]


def test_what_a_restore_begins_with_is_done_again_where_it_was_killed(tmp_path: Path) -> None:
    done: list[str] = []

    def deed(ends: BaseException | None = None) -> None:
        done.append("begun")
        if ends:
            raise ends

    with pytest.raises(Killed):
        Restore(str(tmp_path), POINT).once("files", lambda: deed(Killed()))
    for _again in range(2):
        Restore(str(tmp_path), POINT).once("files", deed)
    assert done == ["begun", "begun"]


def test_a_disk_that_cannot_be_written_to_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.sync_file_system(str(tmp_path / "not" / "there yet"))

    def syncfs(_handle: int) -> int:
        ctypes.set_errno(errno.EIO)
        return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_given, **_named: SimpleNamespace(syncfs=syncfs))
    with pytest.raises(OSError, match="Input/output error") as raised:
        files.sync_file_system(str(tmp_path))
    assert raised.value.errno == errno.EIO


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done to a database server, and where its files lie."""
    done: list[str] = []
    monkeypatch.setattr(PostgreSQL, "checkpoint", lambda _self, server: done.append(f"checkpoint {server.service}"))
    monkeypatch.setattr(PostgreSQL, "drop", lambda _self, server, name: done.append(f"drop {server.service} {name}"))
    monkeypatch.setattr(engine, "mountpoint", lambda name: f"/volumes/{name}")
    monkeypatch.setattr(databases, "sync_file_system", lambda path: done.append(f"sync {path}"))
    return done


@pytest.mark.parametrize("there", [True, False])
def test_a_database_is_dropped_when_the_one_in_its_place_is_on_the_disk_and_never_without_one(
    servers: list[str], monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    old = load.beside("albums", "before", POINT)
    monkeypatch.setattr(databases, "_there", lambda _running: {"database": [old, *(["albums"] if there else [])]})
    work: Any = SimpleNamespace(
        manifest={"databases": [{"service": "database", "database": "albums"}]},
        target=make_spec(
            volumes=[
                {"name": "pgdata", "docker_name": "pgdata", "services": ["database"]},
                {"name": "photos", "docker_name": "photos", "services": ["web"]},
            ]
        ),
    )
    running = {"database": Server("database", "postgres", ("albums",), "c0ffee")}
    dropped = databases.drop_old(work, running)
    assert servers == (["checkpoint database", "sync /volumes/pgdata", f"drop database {old}"] if there else [])
    assert dropped == ([f"database/{old}"] if there else [])
    assert load.is_done("albums", POINT, ["albums", old]) and not load.is_done("albums", POINT, [old])


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
