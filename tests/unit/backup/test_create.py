# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a restore point is not even begun, what one is made of, and when it is none."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import create as creating
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.create import refuse_backwards
from ansible_collections.photosync.vps.plugins.module_utils.common import records
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import changed

NOW = datetime.datetime(2026, 11, 24, 3, 10, 0, 500000, tzinfo=datetime.UTC)


def at(time: str, complete: bool = True) -> dict:
    return {"time": time, "complete": complete}


def test_a_point_is_not_made_while_the_clock_is_behind_the_newest_one() -> None:
    with pytest.raises(PointError, match=r"it is 2026-11-24 03:10:00\+00:00 .* of 2026-11-26 03:00:00\+00:00"):
        refuse_backwards([at("2026-11-26T03:00:00+00:00"), at("2026-11-23T03:00:00+00:00")], NOW)


def test_the_second_of_the_newest_point_is_no_time_before_it() -> None:
    refuse_backwards([at(NOW.isoformat())], NOW)


def test_two_in_one_second_zones_and_halves_of_points_are_no_reason() -> None:
    refuse_backwards([], NOW)
    refuse_backwards([at("2026-11-24T03:10:00+00:00")], NOW)
    refuse_backwards([at("2026-11-24T05:00:00+02:00")], NOW)
    refuse_backwards([at("2026-11-26T03:00:00+00:00", complete=False)], NOW)


class Host:
    """A stack with files, a volume that is saved cold and databases; the repository notes what it is given."""

    def __init__(self, spec: Any, manifest: dict[str, Any], folder: Path, monkeypatch: Any):
        for name in ("root/releases/abc", "root/config", "etc", "extra", "uploads", "wiki", "pgdata", "cache"):
            (folder / name).mkdir(parents=True)
        (folder / "root" / "current").symlink_to("releases/abc")
        wiki = {"name": "wiki", "docker_name": "wiki", "services": ["wiki"], "backup": "cold", "writers": ["wiki"]}
        volumes = [*records.as_json(spec)["volumes"], wiki]
        paths = {"state_dir": str(folder / "state"), "root": str(folder / "root"), "etc_dir": str(folder / "etc")}
        extra = {"mode": "production", "collection_version": "1", "left_out": [{"what": "x", "why": "y"}]}
        self.spec, self.folder = changed(spec, volumes=volumes, **paths, **extra), folder
        self.settings = Settings("/r", "/p", "web1", extra_paths=[str(folder / "extra"), str(folder / "gone")])
        self.dumped = manifest["databases"]
        self.saved: list[tuple[list[str], str, str]] = []
        self.texts: list[tuple[dict[str, Any], list[str]]] = []
        self.known: list[dict[str, Any]] = []
        self.before: Optional[dict[str, Any]] = None
        self.fails: dict[str, list[int]] = {}
        self.running: set[str] = set()
        self.told: list[str] = []
        self.needed: list[int] = []
        dumping = SimpleNamespace(save=lambda _asked: SimpleNamespace(saved=self.dumped, left_out=[]))
        for module, name, answer in [
            ("disk_space", "refuse_inside", None),
            ("disk_space", "saved_bytes", {"uploads": 100, "wiki": 10}),
            ("quiesce", "start_again", ["wiki"]),
            ("engine", "version", "26.1"),
            ("engine", "compose_version", "2.29"),
            ("engine", "images", {}),
            (
                "databases",
                "ask",
                [SimpleNamespace(server=None, holding=SimpleNamespace(saved=[SimpleNamespace(bytes=8)], names=[]))],
            ),
            ("databases", "Dumping", dumping),
            ("config_files", "collection_file", str(folder / "photo-sync.tar.gz")),
            ("databases", "write_roles", [{"service": "db", "names": [], "file": "/f", "sql": "/s", "after": "/a"}]),
            ("databases", "clear_roles", None),
        ]:
            monkeypatch.setattr(getattr(creating, module), name, lambda *_given, answer=answer: answer)
        monkeypatch.setattr(creating.engine, "running_services", lambda _stack: self.running)
        monkeypatch.setattr(creating.engine, "mountpoint", lambda name: str(folder / name.rpartition("_")[2]))
        monkeypatch.setattr(creating.disk_space, "refuse_full", lambda _place, needed: self.needed.append(needed))
        monkeypatch.setattr(creating.ownership, "open_repository", lambda *_given, **_named: self.known)
        monkeypatch.setattr(creating.baseline, "manifest_before", lambda *_given: self.before)
        monkeypatch.setattr(creating.quiesce, "standing_still", self.still)
        monkeypatch.setattr(creating, "repository", lambda *_given, **_named: self)
        monkeypatch.setattr(creating, "ensure_installed", lambda: "0.18")

    @contextlib.contextmanager
    def still(self, _spec: Any, services: frozenset[str], _progress: Any) -> Any:
        self.saved.append(([], "stop", ""))
        yield sorted(services)

    def backup(
        self, paths: list[str], tags: list[str], _host: str, before: str = "", _bytes: Any = None, **_named: Any
    ) -> Any:
        part = tags[-1].partition("=")[2]
        self.saved.append((paths, part, before))
        if self.fails.get(part):
            raise ResticError("cannot", self.fails[part].pop(0))
        return {"snapshot_id": {"files": "c", "cold": "e"}.get(part, "f") * 64}

    def backup_text(self, text: str, _name: str, tags: list[str], _host: str) -> Any:
        assert creating.ownership.is_known(self.spec, self.settings), "before there is a point"
        self.texts.append((json.loads(text), tags))
        return {"snapshot_id": "d" * 64}

    def nodes(self, _snapshot: str, add: Any) -> None:
        for name in ("uploads/a", "uploads/b", "wiki/a", "uploads-not/a"):
            add({"type": "file", "path": str(self.folder / name), "size": 50})
        add({"type": "dir", "path": str(self.folder / "uploads/d")})

    def snapshots(self, _tags: list[str]) -> list[dict[str, Any]]:
        return [{"id": letter * 64, "tree": number * 64} for letter, number in zip("abce", "1234", strict=True)]

    def refused(self) -> str:
        """Why no point is made; empty where one is."""
        try:
            self.make()
        except (PointError, ResticError) as error:
            return str(error)
        return ""

    def make(self, **named: Any) -> Any:
        return creating.create(self.spec, self.settings, "nightly", self.told.append, **named)


@pytest.fixture
def host(spec: Any, manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any) -> Host:
    return Host(spec, manifest, tmp_path, monkeypatch)


def test_a_point_is_databases_files_what_stands_still_and_the_manifest_that_makes_it_one(host: Host) -> None:
    sheet = Path(creating.stack_paths.sheet(host.spec.state_dir)["html"])
    sheet.parent.mkdir(parents=True)
    for path in (sheet, host.folder / "photo-sync.tar.gz"):
        path.write_text("x")
    made, snapshots = host.make(safety_for="20261120T030000Z-aaaa")
    ((text, tags),) = host.texts
    assert {key: made[key] for key in ("schema", "host", "mode", "release", "reason")} == {
        "schema": 1,
        "host": "web1",
        "mode": "production",
        "release": "abc",
        "reason": "nightly",
    }
    assert text == made and made["tools"] == {"restic": "0.18", "docker": "26.1", "compose": "2.29"}
    assert [(part["name"], part["files"], part["bytes"]) for part in made["volumes"]] == [
        ("uploads", 2, 100),
        ("wiki", 1, 50),
    ]
    assert made["volumes"][1]["cold"]["stopped"] == ["wiki"] and "cold" not in made["volumes"][0]
    assert [part["tree"][0] for part in [*made["databases"], *made["volumes"], made["configuration"]]] == list("12343")
    names = [path.removeprefix(f"{host.folder}/") for path in made["configuration"]["paths"]]
    assert names == ["root/releases/abc", "root/config", "etc", "extra"], "what is not there is left out"
    assert {"what": str(host.folder / "gone"), "why": "is not there"} in made["left_out"]
    assert [part for _paths, part, _before in host.saved] == ["files", "stop", "cold"]
    assert set(host.saved[0][0]) >= {str(host.folder / "uploads"), *made["configuration"]["paths"], "/f", "/s", "/a"}
    assert {str(sheet), str(host.folder / "photo-sync.tar.gz")} <= set(host.saved[0][0]), "enough to begin with"
    assert "before-restore=20261120T030000Z-aaaa" in tags and snapshots[-1]["id"] == "d" * 64
    assert [word for word in host.told if word.startswith("saving")] == [f"saving {part}" for part in creating.ORDER]
    assert "wiki: started again, which a backup that broke off had stopped" in host.told
    assert set(made["durations"]) == {"databases", "files", "cold"} and max(made["durations"].values()) < 60


@pytest.mark.parametrize(("lacks", "said"), [("database", "database custom-postgres/dedup"), ("volume", "volume more")])
def test_a_point_that_lacks_what_the_stack_has_is_not_made(host: Host, lacks: str, said: str, monkeypatch: Any) -> None:
    if lacks == "database":
        host.dumped.pop()
    else:
        describe = creating.volumes.describe
        monkeypatch.setattr(creating.volumes, "describe", lambda volume: {**describe(volume), "name": "uploads"})
        host.spec.volumes[3] = dataclasses.replace(host.spec.volumes[0], name="more")
    with pytest.raises(PointError, match=rf"the point would be incomplete and was not made: (.*; )?{said}"):
        host.make()
    assert host.texts == []


def test_nothing_is_saved_of_half_a_restore_nor_to_a_full_disk(host: Host, monkeypatch: Any) -> None:
    host.make()
    assert host.needed == [110 + creating.disk_space.needed(0, 8, True, None)]
    host.known = [{"complete": True, "time": "2026-11-01T03:00:00+00:00", "files_snapshot": "s1", "id": "x"}]
    host.known.append({**host.known[0], "complete": False, "files_snapshot": ""})
    host.saved.clear()
    host.make()
    assert host.needed[-1] == 0 and host.saved[0][2] == "s1", "read again from the last that has files"
    monkeypatch.setattr(creating.disk_space, "refuse_full", _refuse)
    with pytest.raises(PointError, match="full"):
        host.make()
    Restore(host.spec.state_dir, "20261123T030000Z-3f9a").replacing()
    with pytest.raises(PointError, match="a point of half a restore would become the latest"):
        host.make()
    assert len(host.texts) == 2


def _refuse(*_given: Any) -> None:
    raise PointError("full")


@pytest.mark.parametrize(("fails", "passes"), [([3], 2), ([3, 3], 3), ([3, 3, 3], 0), ([1], 0)])
def test_files_that_vanish_while_they_are_read_are_read_again(host: Host, fails: list[int], passes: int) -> None:
    host.fails["files"] = list(fails)
    assert (host.refused() == "", len(host.texts)) == (bool(passes), int(bool(passes)))
    assert [part for _paths, part, _before in host.saved].count("files") == (passes or len(fails))


@pytest.mark.parametrize(("fails", "made"), [([], True), ([3], True), ([1], False)])
def test_what_stands_still_is_read_ahead_while_it_runs(host: Host, fails: list[int], made: bool) -> None:
    host.running, host.fails["warm"] = {"wiki"}, fails
    assert (host.refused() == "") is made
    assert [part for _paths, part, _before in host.saved][1:3] == (["warm", "stop"] if made else ["warm"])


def test_a_point_that_lost_much_is_made_and_suspect_and_one_without_another_is_not(host: Host, manifest: Any) -> None:
    assert host.make()[0]["suspect"] == [] and host.texts[-1][0]["compared_with"] is None
    tables = {"public.groups": {"rows": 5000, "digest": "1"}}
    host.before = {**manifest, "databases": [{**manifest["databases"][0], "tables": tables}]}
    made, _snapshots = host.make()
    assert made["suspect"] and made["compared_with"] == manifest["id"]
    assert [tag for tag in host.texts[-1][1] if tag.startswith("suspect=")]
    assert any("is SUSPECT: " in line for line in host.told)
