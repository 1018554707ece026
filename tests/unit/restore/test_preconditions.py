# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nothing is overwritten unasked, and nothing is published by a host that may not."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import ownership, prune
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings, from_dict
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.client import Content
from ansible_collections.photosync.vps.plugins.module_utils.restore import preconditions, target
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Volume
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import changed, make_spec

FOUND = ["volume uploads: files"]


@pytest.mark.parametrize(
    ("found", "confirm", "refused"),
    [
        ([], None, False),
        ([], "anything", False),
        (FOUND, None, True),
        (FOUND, "", True),
        (FOUND, "photo-sync@web2", True),
        (FOUND, "web1", True),
        (FOUND, "photo-sync@web1", False),
    ],
)
def test_data_is_replaced_only_when_stack_and_host_are_named(
    spec: dict[str, Any], found: list[str], confirm: str, refused: bool
) -> None:
    said = preconditions.refusal(found, spec, "web1", confirm)
    assert (said is not None) is refused
    if said:
        assert "volume uploads: files" in said
        assert said.endswith("restore_confirm=photo-sync@web1")
        assert said.startswith(f"restore_confirm is {confirm!r}, which is not" if confirm else "This host already")


def test_a_part_that_the_stack_has_no_place_for_is_named(manifest: dict[str, Any], spec: dict[str, Any]) -> None:
    assert preconditions.misfits(manifest, spec) == []
    manifest["databases"].append({**manifest["databases"][0], "service": "old-postgres", "database": "feeds"})
    spec.volumes.pop(0)
    said = preconditions.misfits(manifest, spec)
    assert [line.split(" is in the point")[0] for line in said] == ["database old-postgres/feeds", "volume uploads"]


@pytest.mark.parametrize(
    ("free", "spare", "missing"),
    [(6000, 0, ""), (6200, 200, ""), (5999, 0, "1 B are missing"), (100, 200, "5.9 KiB are missing")],
)
def test_a_point_needs_room_for_its_files_and_three_times_its_dumps(
    manifest: dict[str, Any],
    spec: Any,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    spare: int,
    missing: str,
) -> None:
    monkeypatch.setattr(preconditions, "run", lambda _argv: SimpleNamespace(stdout="/var/lib/docker\n"))
    monkeypatch.setattr(preconditions.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    monkeypatch.setattr(preconditions, "_size", lambda name: 300 if name == "photo-sync_uploads" else 10**9)
    said = "; ".join(preconditions.room(manifest, changed(spec, disk_spare=spare)))
    assert missing in said and bool(said) is bool(missing)


def test_a_bare_hosts_volumes_are_whatever_somebody_left_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "run", lambda argv: SimpleNamespace(stdout="a\nb\n" if "ls" in argv else ""))
    known = target.here("nowhere")
    assert known.volumes == [Volume(name, name, [], "files") for name in "ab"]
    assert known.bare and known.state_dir == "/var/lib/nowhere"


@pytest.mark.parametrize(
    ("only", "databases", "volumes", "replaced"),
    [
        ([], [], [], {"uploads", "pgdata", "cache"}),
        (["files"], [], ["uploads"], {"uploads"}),
        (["databases"], ["custom-postgres"], [], {"pgdata"}),
        (["databases"], ["away"], [], set()),
    ],
)
def test_a_part_replaces_its_volumes_and_what_its_databases_lie_in(
    spec: Any, only: list[str], databases: list[str], volumes: list[str], replaced: set[str]
) -> None:
    spec.volumes[2].services.append("custom-postgres")
    part = {
        "only": only,
        "databases": [{"service": one} for one in databases],
        "volumes": [{"name": one} for one in volumes],
    }
    assert {one.name for one in spec.volumes if preconditions._replaced(one, part)} == replaced


def test_a_database_that_nobody_declares_has_its_place_on_the_server_that_it_was_on(
    manifest: dict[str, Any], spec: dict[str, Any]
) -> None:
    spec.databases[0].names.clear()
    assert preconditions.misfits(manifest, spec) == []


HERE = {
    ("custom-postgres", "grouping"): Content(7, 20, 0).said,
    ("custom-postgres", "views"): Content(0, 3, 0).said,
    ("custom-postgres", "notes"): Content(1, 2, 0).said,
}


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> list[set[str]]:
    """The server and a service that mounts its files run, and it holds ``HERE``; returns which servers were asked."""
    asked: list[set[str]] = []
    monkeypatch.setattr(preconditions.engine, "running_services", lambda _stack: {"custom-postgres", "sidecar"})
    monkeypatch.setattr(preconditions.engine, "mountpoint", lambda _name: None)
    monkeypatch.setattr(preconditions.registry, "here", lambda _document, services: asked.append(services) or HERE)
    return asked


def test_the_look_before_a_restore_counts_all_databases_of_a_server_that_hold_something(
    manifest: dict[str, Any], spec: dict[str, Any], running: list[set[str]]
) -> None:
    manifest["databases"].append({**manifest["databases"][0], "database": "views"})
    assert preconditions.data_found(spec, {**manifest, "only": []}) == [
        "database custom-postgres/grouping: 7 tables",
        "database custom-postgres/views: no tables, but objects of another kind",
        "database custom-postgres/notes: 1 tables, not in the point, so it stays",
    ]
    assert preconditions.data_found(spec, {**manifest, "only": ["views"], "databases": manifest["databases"][2:]}) == [
        "database custom-postgres/views: no tables, but objects of another kind"
    ]


def test_files_of_a_server_that_does_not_run_count_though_somebody_else_who_mounts_them_does(
    manifest: dict[str, Any], spec: dict[str, Any], running: list[set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec.volumes[1].services.append("sidecar")
    monkeypatch.setattr(preconditions.engine, "running_services", lambda _stack: {"sidecar"})
    monkeypatch.setattr(preconditions, "_files", lambda volume: [f"volume {volume.name}: files"])
    found = preconditions.data_found(spec, {**manifest, "only": []})
    assert f"volume pgdata: {preconditions.CLOSED}" in found
    assert running == [set()]


POINT = {"id": "20261123T030000Z-3f9a", "complete": True, "host": "web0"}


@pytest.mark.parametrize(
    ("points", "allowed", "refused"),
    [
        ([], False, False),
        ([POINT], True, False),
        ([POINT], False, True),
        ([{**POINT, "complete": False}], False, False),
    ],
)
def test_a_stack_set_up_anew_does_not_become_the_latest_point(
    points: list[dict[str, Any]], allowed: bool, refused: bool
) -> None:
    if not refused:
        ownership.refuse(points, allowed, "photo-sync")
        return
    with pytest.raises(PointError, match="20261123T030000Z-3f9a from web0.*Run the restore playbook first"):
        ownership.refuse(points, allowed, "photo-sync")


def test_a_host_remembers_the_repositories_that_it_adds_to(tmp_path: Path) -> None:
    spec = make_spec(state_dir=str(tmp_path / "state"))
    here, there = _settings(repository="/a"), _settings(repository="/b")
    ownership.remember(spec, here)
    assert ownership.is_known(spec, here)
    assert not ownership.is_known(spec, there)


def _settings(**changes: Any) -> Settings:
    settings = Settings(repository="/r", password_file="/p", host="web1", retention={"keep_last": 1})
    return dataclasses.replace(settings, **changes)


NOW_TEXT = "2026-11-23T12:00:00+00:00"


def _point(day: int, **changes: Any) -> dict[str, Any]:
    time = f"2026-11-{day:02}T03:00:00+00:00"
    return {"id": str(day), "time": time, "host": "web1", "complete": True, "manifest": "m", **changes}


NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("points", "settings", "removed"),
    [
        ([_point(1), _point(2)], _settings(), {"1"}),
        ([_point(1), _point(2)], _settings(retention={}), set()),
        ([_point(1, complete=False, manifest=None), _point(2)], _settings(retention={}), {"1"}),
        ([_point(1, complete=False, manifest=None, host="web2"), _point(2)], _settings(), set()),
        ([_point(1, complete=False), _point(2)], _settings(), set()),
        ([_point(1), _point(2, complete=False)], _settings(), set()),
        ([_point(1, complete=False, manifest=None, host="web2"), _point(23, host="web2")], _settings(), {"1"}),
        ([_point(1, complete=False, manifest=None, host="web2"), _point(24, host="web2")], _settings(), set()),
        ([_point(1, complete=False, manifest=None, host="b"), _point(2, host="b", time=NOW_TEXT)], _settings(), {"1"}),
    ],
)
def test_only_unwanted_points_and_what_broken_backups_left_is_removed(
    points: list[dict[str, Any]], settings: Settings, removed: set[str]
) -> None:
    assert prune.choose(points, settings, NOW) == removed


def test_a_second_backup_or_restore_is_refused_and_told_who_is_at_it(tmp_path: Path) -> None:
    said = pytest.raises(PointError, match="a backup .process [0-9]+, since")
    with exclusive(str(tmp_path), "backup"), said, exclusive(str(tmp_path), "restore"):
        raise AssertionError("not reached")
    with exclusive(str(tmp_path), "restore"):
        assert (tmp_path / "points.lock").stat().st_mode & 0o777 == 0o600


def test_a_finished_phase_is_remembered_until_the_restore_is_closed(tmp_path: Path) -> None:
    journal = Restore(str(tmp_path), "p1")
    assert not journal.allowed
    journal.note("plan", {"replaces": []})
    assert not journal.resumable(_now())
    journal.note("files", {"volumes": ["uploads"]})
    again = Restore(str(tmp_path), "p1")
    assert again.allowed
    assert again.resumable(_now())
    assert again.result("files") == {"volumes": ["uploads"]}
    assert again.result("databases") is None
    again.close()
    assert not Restore(str(tmp_path), "p1").allowed


def test_a_restore_that_broke_off_long_ago_is_not_gone_on_with(tmp_path: Path) -> None:
    journal = Restore(str(tmp_path), "p1")
    journal.note("plan", {})
    journal.note("files", {})
    assert journal.resumable(_now() + datetime.timedelta(hours=23))
    assert not journal.resumable(_now() + datetime.timedelta(hours=24))


def test_a_restore_that_was_disproved_begins_anew_instead_of_passing_over_what_it_did(tmp_path: Path) -> None:
    journal = Restore(str(tmp_path), "p1")
    for phase in ("plan", "safety", "files", "databases", "prove"):
        journal.note(phase, {})
    assert Restore(str(tmp_path), "p1").resumable(_now())
    journal.disproved([{"kind": "rows"}], "3f6c1d20a8be")
    again = Restore(str(tmp_path), "p1")
    assert not again.resumable(_now()) and again.result("prove") is None
    assert again.result("files") == {}, "what was done is known until it is begun anew, so that it can be accepted"
    again.begin()
    assert again.result("files") is None and again.differences == []


def _now() -> datetime.datetime:
    return datetime.datetime.now().astimezone()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "repository, password_file, host must be set"),
        ({"repository": "r", "password_file": "p", "host": ""}, "host must be set"),
        ({"repository": "/r", "password_file": "p", "host": "h", "retention": {"keep": 1}}, "retention: unknown keep"),
    ],
)
def test_settings_that_cannot_be_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(PointError, match=said):
        from_dict(given)


def test_settings_that_an_earlier_version_wrote_are_read() -> None:
    given = {"repository": "/r", "password_file": "p", "host": "h", "adopt": True, "check": {"parts": 3}}
    assert from_dict(given).adopt_repository is True
    assert from_dict({**given, "adopt": False}).adopt_repository is False
