# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Removing, verifying and taking over, on a repository that notes what it is told."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import fence, host_state, ownership, prune, verify
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.common import lock
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import Damaged, ResticError
from ansible_collections.photosync.vps.plugins.module_utils.stack import paths
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import make_spec

POINT = "20261123T030000Z-3f9a"


def settings(**changes: Any) -> Settings:
    return Settings(
        **{"repository": "/r", "password_file": "/p", "host": "web1", "retention": {"keep_last": 1}, **changes}
    )


class Repository:
    """Snapshots that can be forgotten, unless the server only says so."""

    environment: dict[str, str] = {}

    def __init__(self, snapshots: list[dict[str, Any]], keeps: bool = False):
        self.held, self.keeps, self.did = snapshots, keeps, []

    def snapshots(self, tags: list[str]) -> list[dict[str, Any]]:
        self.did.append(" ".join(["list", *tags]))
        return list(self.held)

    def forget(self, unwanted: list[str]) -> None:
        self.did.append(f"forget {len(unwanted)}")
        self.held = self.held if self.keeps else [one for one in self.held if one["id"] not in unwanted]

    def prune(self) -> None:
        self.did.append("prune")


def points(snapshots: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """The snapshots of so many points, a day apart, the last without its manifest."""
    found = []
    for day in range(1, number + 1):
        for one in snapshots if day < number else snapshots[:-1]:
            tags = [tag.replace(POINT, f"202611{day:02}T030000Z-3f9a") for tag in one["tags"]]
            found.append({**one, "id": f"{day}{one['id']}", "tags": tags})
    return found


ASKED = "list stack=photo-sync"


@pytest.mark.parametrize(
    ("number", "changes", "keeps", "known", "did", "removed"),
    [
        (4, {}, False, False, [ASKED, "forget 11", ASKED, "prune"], 2),
        (4, {}, False, True, [ASKED, "forget 11", ASKED, "prune"], 2),
        (13, {}, False, False, [ASKED, "forget 47", ASKED, "prune"], 11),
        (4, {}, True, False, [ASKED, "forget 11", ASKED], 0),
        (4, {"append_only": True}, False, False, [ASKED], 0),
        (1, {"host": "web2"}, False, True, [], 0),
    ],
)
def test_what_goes_is_removed_and_told_and_where_nothing_goes_nothing_is_asked(
    snapshots: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: Any,
    number: int,
    changes: dict[str, Any],
    keeps: bool,
    known: bool,
    did: list[str],
    removed: int,
) -> None:
    held, told = points(snapshots, number), []
    repository = Repository(held, keeps)
    monkeypatch.setattr(prune, "repository", lambda *_given, **_named: repository)
    spec = make_spec("photo-sync", str(tmp_path))
    done = prune.prune(spec, settings(**changes), told.append, snapshots=held if known else None)
    assert repository.did == did
    assert len(done["removed"]) == removed and len(done["kept"]) == number - removed - len(done["leftovers"])
    assert done["leftovers"] == ([f"202611{number:02}T030000Z-3f9a"] if removed else [])
    assert done["append_only"] is (keeps or bool(changes.get("append_only")))
    told = [line for line in told if line.startswith("removing")]
    assert [line.partition(" and ")[2] for line in told] == ["2 more" if number == 13 else ""] * len(told)
    assert bool(told) is ("forget" in " ".join(did))


def test_what_a_drill_reads_or_a_restore_needs_goes_the_next_time(
    snapshots: list[dict[str, Any]], tmp_path: Path, monkeypatch: Any
) -> None:
    repository = Repository(points(snapshots, 4))
    monkeypatch.setattr(prune, "repository", lambda *_given, **_named: repository)
    spec = make_spec("photo-sync", str(tmp_path))
    with lock.exclusive(paths.drill_lock(str(tmp_path)), "a drill"):
        assert prune.prune(spec, settings())["removed"] == []
    Restore(str(tmp_path), "20261101T030000Z-3f9a").replacing()
    assert prune.prune(spec, settings())["removed"] == ["20261102T030000Z-3f9a"]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ("", ""),
        ("checksum", "database custom-postgres/grouping: its dump has another checksum than the manifest says"),
        ("server", "database away/grouping: this stack has no server away to read the dump with"),
        ("dump", "database custom-postgres/grouping: its dump cannot be read: "),
        ("tree", "volume uploads: its snapshot cccccccc has other content than the manifest says"),
        ("gone", "volume uploads: its snapshot cccccccc is not in the repository"),
        ("damage", "the repository is damaged: pack 1"),
    ],
)
@pytest.mark.parametrize("name", ["", "nas"])
def test_a_point_is_good_when_all_of_it_is_there_and_every_dump_can_be_read(
    manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any, changed: str, problem: str, name: str
) -> None:
    manifest["databases"] = [{**manifest["databases"][0], "sha256": "1" if changed == "checksum" else "2"}]
    manifest["databases"][0]["service"] = "away" if changed == "server" else "custom-postgres"
    trees = {part["snapshot"]: part["tree"] for _name, part in verify.parts_of(manifest)}
    trees["c" * 64] = "9" * 64 if changed == "tree" else trees["c" * 64]
    if changed == "gone":
        del trees["c" * 64]
    reached: list[str] = []

    def check() -> None:
        if changed == "damage":
            raise Damaged("pack 1", 1)

    def read(*_given: Any) -> None:
        if changed == "dump":
            raise CommandFailed(["pg_restore"], 1)

    repository = SimpleNamespace(
        check=check, dump_argv=lambda *_g: [], environment={}, reach=lambda: reached.append("again")
    )
    summed = SimpleNamespace(argv=[], found=lambda: "2")
    monkeypatch.setattr(verify, "repository", lambda *_given, **_named: repository)
    monkeypatch.setattr(verify, "ensure_installed", lambda: "0.18")
    monkeypatch.setattr(verify, "load_manifest", lambda *_given: (manifest, trees))
    monkeypatch.setattr(verify, "pipe", read)
    monkeypatch.setattr(verify.checksum, "summed", lambda _argv: contextlib.nullcontext(summed))
    monkeypatch.setattr(verify.registry, "servers", lambda _spec: [SimpleNamespace(service="custom-postgres")])
    monkeypatch.setattr(verify.registry, "of", lambda _server: SimpleNamespace(read_argv=lambda _server: []))
    spec = make_spec("photo-sync", str(tmp_path))
    found = verify.verify(spec, settings(copies=[settings(name="nas")]), name=name)
    assert found["ok"] is not bool(problem) and bool(found["problems"]) is bool(problem)
    assert not problem or any(one.startswith(problem) for one in found["problems"])
    assert found["dumps_read"] == ([] if changed in ("checksum", "server", "dump") else ["custom-postgres/grouping"])
    assert list(host_state.verified(str(tmp_path))) == ([POINT] if not problem and not name else [])
    assert bool(reached) is (changed == "dump")


@pytest.mark.parametrize(("fails", "place"), [("", "first"), ("", "nas"), ("first", "nas"), ("nas", "nas")])
def test_after_a_restore_this_host_is_known_wherever_it_could_be_told(
    tmp_path: Path, monkeypatch: Any, fails: str, place: str
) -> None:
    told: list[str] = []
    first, copy = settings(name="first"), settings(repository="/nas", name="nas")

    def take_over(restic: Any, *_given: Any) -> Any:
        if restic == fails:
            raise ResticError("away", 1)
        return {"host": f"before in {restic}"}

    monkeypatch.setattr(fence, "take_over", take_over)
    monkeypatch.setattr(ownership, "repository", lambda *_given, **_named: "first")
    spec = make_spec("photo-sync", str(tmp_path))
    where = first if place == "first" else copy
    before = ownership.own(place, spec, first, where, told.append)
    assert before == (None if fails == place else {"host": f"before in {place}"})
    known = {one.name for one in (first, copy) if ownership.is_known(spec, one)}
    assert known == {place, *(["first"] if fails != "first" else [])}
    assert len(told) == bool(fails) and all("take-over" in line for line in told)


def test_a_host_keeps_its_identity_and_a_mark_is_of_the_second_it_was_made(tmp_path: Path) -> None:
    spec = make_spec("photo-sync", str(tmp_path / "state"))
    mine = fence.identity(spec)
    assert fence.identity(spec) == mine and len(mine) == 16 and fence.owner([]) is None
    asked: list[list[str]] = []
    empty = SimpleNamespace(
        snapshots=lambda tags: asked.append(tags) or [], backup_text=lambda *given: asked.append(given[2])
    )
    assert fence.take_over(empty, spec, settings()) == {"id": "", "host": "", "time": ""}
    assert asked == [["stack=photo-sync", "part=owner"], ["stack=photo-sync", "part=owner", f"owner={mine}"]]
    mark = {"time": "2026-11-23T03:00:00.5Z", "hostname": "web2", "tags": ["part=owner", "owner=other"]}
    assert fence.owner([mark]) == {"id": "other", "host": "web2", "time": "2026-11-23 03:00:00"}
    with pytest.raises(PointError, match="restored on web2 at 2026-11-23 03:00:00, which"):
        fence.refuse([mark], spec)
