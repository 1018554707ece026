# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is here is kept before it is replaced, and a broken stack never keeps itself from being restored."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import fence, ownership
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.create import Made
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.restore import context, safety, safety_copy
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore, broken_off, half_done
from support.specs import changed

SETTINGS = Settings(repository="/r", password_file="/p", host="web1")


@pytest.fixture
def host(spec: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    return changed(spec, state_dir=str(tmp_path))


def _raise(error: Exception) -> Callable[..., Any]:
    def refuse(*_given: Any, **_named: Any) -> Any:
        raise error

    return refuse


def test_a_restore_point_is_made_first(
    host: dict[str, Any], manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def create(*given: Any, safety_for: str) -> Made:
        asked.extend([given[2], safety_for])
        return Made({"id": "20261124T000000Z-0000"}, [])

    monkeypatch.setattr(safety, "create", create)
    monkeypatch.setattr(safety.carried, "lay", lambda *_given: [])
    kept = safety.keep(host, SETTINGS, manifest, "auto", print)
    assert asked == [f"before restoring {manifest['id']}", manifest["id"]]
    assert kept == {"kind": "point", "name": "20261124T000000Z-0000"}


def test_each_level_that_fails_names_the_next(
    host: dict[str, Any], manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(safety.carried, "lay", lambda *_given: [])
    monkeypatch.setattr(safety, "create", _raise(DatabaseError("the database server is not running")))
    monkeypatch.setattr(safety_copy, "make", lambda *_given: "cold-1")
    assert safety.keep(host, SETTINGS, manifest, "auto", said.append) == {"kind": "cold", "name": "cold-1"}
    assert "the database server is not running" in said[0] and "a cold copy is made instead" in said[0]
    monkeypatch.setattr(safety_copy, "make", _raise(PointError("does not fit")))
    with pytest.raises(PointError, match="does not fit\nrestore_safety=none .* with no way back"):
        safety.keep(host, SETTINGS, manifest, "auto", said.append)
    assert safety.keep(host, SETTINGS, manifest, "none", said.append)["name"] == ""


def test_a_cold_copy_that_does_not_fit_is_refused_and_leaves_nothing(
    host: dict[str, Any], manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine, "mountpoint", lambda _name: str(tmp_path))
    monkeypatch.setattr(engine, "weight", lambda _path: {"files": 1, "bytes": 10**18})
    with pytest.raises(PointError, match="does not fit under"):
        safety_copy.make(host, manifest, print)
    assert list((tmp_path / "safety").iterdir()) == []
    with pytest.raises(PointError, match="no complete cold copy cold-1"):
        safety_copy.contents(host, "cold-1")


def test_half_a_restore_is_remembered_and_no_point_is_made_of_it(host: dict[str, Any]) -> None:
    journal = Restore(host.state_dir, "20261123T030000Z-3f9a")
    journal.note("plan", {})
    journal.note("verify", {})
    assert half_done(host.state_dir) is None
    ownership.refuse_half(host)
    journal.replacing()
    with pytest.raises(PointError, match="photo-sync restore 20261123T030000Z-3f9a"):
        ownership.refuse_half(host)
    journal.close()
    ownership.refuse_half(host)


def test_a_restore_that_has_ended_is_not_gone_on_with_whenever_it_is_killed_in_its_last_step(
    host: dict[str, Any],
) -> None:
    journal = Restore(host.state_dir, "20261123T030000Z-3f9a")
    journal.note("plan", {})
    journal.close()
    assert not Restore(host.state_dir, "20261123T030000Z-3f9a").allowed
    journal.note("finish", {})
    assert not Restore(host.state_dir, "20261123T030000Z-3f9a").allowed
    (kept,) = (tmp for tmp in (Path(host.state_dir) / "restore").iterdir())
    assert "finish" in kept.read_text()


@pytest.mark.parametrize(
    ("repository", "said"), [("away", "restore 20261123T030000Z-3f9a --repository away --c"), ("first", "3f9a --c")]
)
def test_half_a_restore_from_a_copy_is_gone_on_with_from_the_same_copy(
    host: dict[str, Any], repository: str, said: str
) -> None:
    journal = Restore(host.state_dir, "20261123T030000Z-3f9a")
    journal.know(repository=repository, replaced=True)
    assert Restore(host.state_dir, "20261123T030000Z-3f9a").repository == repository
    with pytest.raises(PointError, match=said):
        ownership.refuse_half(host)


@pytest.mark.parametrize(
    ("phase", "asked", "planned", "used"),
    [
        ("plan", "", "away", "/r"),
        ("plan", "2", "", "/away"),
        ("files", "", "away", "/away"),
        ("files", "away", "away", "/away"),
        ("files", "", "", "/r"),
    ],
)
def test_later_phases_take_the_repository_of_the_plan(
    host: dict[str, Any],
    manifest: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    phase: str,
    asked: str,
    planned: str,
    used: str,
) -> None:
    journal = Restore(host.state_dir, manifest["id"])
    journal.begin(repository=planned, manifest={**manifest, "only": []})
    journal.note("plan", {})
    opened: list[str] = []
    monkeypatch.setattr(context, "ensure_installed", lambda: "0.18.0")

    def open_one(where: Settings, _stack: str, **_named: Any) -> SimpleNamespace:
        opened.append(where.repository)
        return SimpleNamespace(read_only=False)

    monkeypatch.setattr(context, "repository", open_one)
    monkeypatch.setattr(context, "load_manifest", lambda *_given: (manifest, {}))
    settings = replace(SETTINGS, copies=[Settings("/away", "/p", "web1", name="away")])
    work = context.opened(phase, host, settings, context.Asked(manifest["id"], place=asked), print)
    assert (opened, work.place.repository) == ([used], used)


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
