# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every difference between what is here and what was saved has a name."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import statistics
from ansible_collections.photosync.vps.plugins.module_utils.restic.lookalikes import Lookalikes
from ansible_collections.photosync.vps.plugins.module_utils.restore import compare, differences

SAVED = {"public.asset": {"rows": 10, "digest": "1"}, "public.users": {"rows": 2, "digest": "2"}}


def tables(**changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {**SAVED, **{f"public.{name}": value for name, value in changes.items()}}


@pytest.mark.parametrize(
    ("found", "at_rest", "serving"),
    [
        (tables(), [], []),
        (tables(asset={"rows": 9, "digest": "3"}), ["public.asset"], ["public.asset"]),
        (tables(asset={"rows": 11, "digest": "3"}), ["public.asset"], []),
        (tables(asset={"rows": 10, "digest": "3"}), ["public.asset"], []),
        (tables(new={"rows": 1, "digest": "3"}), ["public.new"], []),
        ({"public.users": SAVED["public.users"]}, ["public.asset"], ["public.asset"]),
        ({}, ["public.asset", "public.users"], ["public.asset", "public.users"]),
    ],
)
def test_rows_that_went_missing_or_changed_are_named(
    found: dict[str, Any], at_rest: list[str], serving: list[str]
) -> None:
    for mode, expected in ((False, at_rest), (True, serving)):
        named = [entry["what"] for entry in compare.unlike_tables("database x/y", SAVED, found, mode)]
        assert named == [f"table {name}" for name in expected]


def node(place: Path, root: Path, **changes: Any) -> dict[str, Any]:
    state = place.lstat()
    kind = "symlink" if place.is_symlink() else "dir" if place.is_dir() else "file"
    mode = state.st_mode & 0o777
    return {
        "path": f"/{place.relative_to(root)}",
        "type": kind,
        "uid": state.st_uid,
        "gid": state.st_gid,
        "mode": mode,
        **changes,
    }


def test_files_folders_and_links_that_are_as_saved_are_no_difference(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "photo.jpg").write_bytes(b"x")
    (tmp_path / "link").symlink_to("nowhere")
    nodes = [node(path, tmp_path) for path in tmp_path.rglob("*")]
    (tmp_path / "closed").touch(0o000)
    closed = node(tmp_path / "closed", tmp_path)
    del closed["mode"]
    nodes.append(closed)
    assert len(nodes) == 4
    assert [found for each in nodes for found in compare.unlike_node("volume v", each, str(tmp_path))] == []


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"path": "/photo.jpg/x"}, "missing", "volume v: /photo.jpg/x: expected a file, found nothing"),
        ({"path": "/" + "x" * 300}, "unreadable", "found that nobody can look: File name too long"),
        ({"path": "/gone.jpg"}, "missing", "volume v: /gone.jpg: expected a file, found nothing"),
        ({"mode": 0o640}, "mode", "volume v: /photo.jpg: expected mode 0640, found mode 0600"),
        ({"mode": (1 << 23) | 0o600}, "mode", "volume v: /photo.jpg: expected mode 4600, found mode 0600"),
        ({"type": "dir"}, "kind", "volume v: /photo.jpg: expected a dir, found something else"),
        ({"uid": 4711, "gid": 42}, "owner", "expected owner 4711:42, found owner"),
    ],
)
def test_what_is_not_as_saved_is_named(tmp_path: Path, changes: dict[str, Any], kind: str, message: str) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"x")
    photo.chmod(0o600)
    found = compare.unlike_node("volume v", node(photo, tmp_path, **changes), str(tmp_path))
    assert [one["kind"] for one in found] == [kind]
    assert message in found[0]["message"]


@pytest.mark.parametrize(
    ("mode", "bits"),
    [(420, 0o644), (2147484141, 0o755), ((1 << 22) | (1 << 31) | 0o755, 0o2755), (1 << 20 | 0o777, 0o1777)],
)
def test_modes_are_read_as_restic_prints_them(mode: int, bits: int) -> None:
    assert compare.unix_mode(mode) == bits


ACTIONS = [
    {"action": "updated", "item": "/upload/b.jpg", "size": 1},
    {"action": "updated", "item": "/upload/.immich", "size": 1},
    {"action": "deleted", "item": "/volume/upload/c.jpg", "size": 0},
]


def test_altered_and_added_files_are_named() -> None:
    alike = Lookalikes([])
    found = compare.altered("volume v", ACTIONS, alike, []) + compare.extra("volume v", ACTIONS, alike, "/volume")
    assert [(entry["kind"], entry["what"]) for entry in found] == [
        ("altered", "/upload/b.jpg"),
        ("altered", "/upload/.immich"),
        ("extra", "/upload/c.jpg"),
    ]


@pytest.mark.parametrize(("names", "named"), [([], True), (["/x/.immich"], False), (["/x/.immich", "/x/b.jpg"], True)])
def test_what_services_are_known_to_rewrite_is_not_altered(names: list[str], named: bool) -> None:
    alike = SimpleNamespace(saved=lambda path, _size: names if path == "/upload/b.jpg" else [path])
    found = compare.altered("volume v", ACTIONS, alike, ["*/.immich", "certificates/*"])
    assert bool(found) is named


@pytest.mark.parametrize(
    ("path", "excused"),
    [("/upload/.immich", True), ("/upload/a.jpg", False), ("/certificates/x/y/z.crt", True)],
)
def test_patterns_of_what_is_rewritten_are_counted_from_the_volume(path: str, excused: bool) -> None:
    assert compare.is_rewritten(path, ["*/.immich", "certificates/*"]) is excused


def test_a_comparison_says_how_much_it_covered(manifest: dict[str, Any]) -> None:
    expected = {"databases": 2, "tables": 2, "rows": 10, "volumes": 1, "files": 3, "bytes": 300}
    assert compare.compared(manifest) == expected


@pytest.mark.parametrize(
    ("saved", "found", "at_rest", "serving"),
    [(20, 20, 0, 0), (20, 19, 1, 1), (20, 21, 1, 0), (None, 21, 0, 0)],
)
def test_large_objects_are_counted_where_the_point_has_counted_them(
    saved: int | None, found: int, at_rest: int, serving: int
) -> None:
    part = {"extensions": {}, **({} if saved is None else {"large_objects": saved})}
    described = {"extensions": {}, "template": False, "large_objects": found}
    for mode, expected in ((False, at_rest), (True, serving)):
        assert len(statistics.unlike(part, described, mode)) == expected


class Census:
    """A database that was restored: one extension is there, one table, and three large objects."""

    def __init__(self, *_given: Any):
        pass

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_given: Any) -> None:
        pass

    def describe(self) -> dict[str, Any]:
        return {"extensions": {"plpgsql": "1.0"}, "template": False, "large_objects": 3}

    def tables(self) -> dict[str, Any]:
        return {"public.groups": {"rows": 5, "digest": "12"}}


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({}, []),
        ({"database": "gone"}, ["database"]),
        ({"extensions": {"plpgsql": "1.0", "vector": "0.8"}}, ["extension"]),
        ({"template": True}, ["database"]),
        ({"large_objects": 2}, ["rows"]),
        ({"tables": {}}, ["table"]),
        ({"role": "carol"}, ["role"]),
        ({"volume": "gone"}, ["volume"]),
        ({"files": 1}, ["extra", "missing"]),
    ],
)
def test_each_difference_of_any_part_is_found_and_its_kind_has_a_meaning(
    spec: Any,
    manifest: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
    kinds: list[str],
) -> None:
    part = {**manifest["databases"][0], "large_objects": 3, **changed}
    volume = {**manifest["volumes"][0], "name": changed.get("volume", "uploads")}
    entries = [{"service": "custom-postgres", "names": ["alice", changed.get("role", "bob")]}]
    made = {"databases": [part], "volumes": [volume], "roles": [*entries, {"service": "away", "names": ["dave"]}]}
    actions = [{"action": "deleted", "item": str(tmp_path / "new.jpg"), "size": 1}] if "files" in changed else []
    lost = {"path": "/lost.jpg", "type": "file", "uid": 0, "gid": 0}
    there = SimpleNamespace(
        names=lambda _server: ["grouping"],
        moment=lambda *_given: Census(),
        unlike=statistics.unlike,
        role_names=lambda _server: ["alice", "bob"],
    )
    monkeypatch.setattr(compare.registry, "servers", lambda _spec, names: names)
    monkeypatch.setattr(compare.registry, "of", lambda _server: there)
    monkeypatch.setattr(compare.engine, "running_services", lambda _stack: {"custom-postgres"})
    monkeypatch.setattr(compare.engine, "mountpoint", lambda _name: str(tmp_path))
    monkeypatch.setattr(
        compare, "repository", lambda *_given, **_named: SimpleNamespace(differences=lambda *_given: actions)
    )
    monkeypatch.setattr(compare, "exact_nodes", lambda *given: given[-1](lost) if "files" in changed else None)
    found = compare.prove(spec, None, made)
    assert sorted(one["kind"] for one in found) == kinds
    assert {*kinds, "altered", "kind", "mode", "owner", "unreadable"} <= set(differences.MEANINGS)
    assert differences.text("p", found).startswith(
        f"what is here is not what p holds, {len(found)} difference{'s'[: len(found) != 1]} ("
    )
