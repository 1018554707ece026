# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever happens to a drill, it is taken away and its outcome is kept."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import prune
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.common import lock
from ansible_collections.photosync.vps.plugins.module_utils.common.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.drill import remains, result, run, shelter
from ansible_collections.photosync.vps.plugins.module_utils.drill.place import place_of
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.differences import Disproved
from ansible_collections.photosync.vps.plugins.module_utils.stack import paths
from support.specs import make_spec

POINT = "20261123T030000Z-3f9a"
SETTINGS = Settings(repository="/a", password_file="/p", host="web1")


@pytest.fixture
def spec(tmp_path: Path) -> dict[str, Any]:
    return make_spec(stack="photo-sync", state_dir=str(tmp_path), slice="photo-sync.slice", entry_point=None)


@pytest.fixture
def course(spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every phase and every removal, in order; nothing of it is done."""
    seen: list[str] = []
    monkeypatch.setattr(run.room, "grant", lambda place: 2**30)
    monkeypatch.setattr(run.stage, "config_of", lambda spec: {"services": {}})
    monkeypatch.setattr(run.stage, "lay", lambda *given: None)
    monkeypatch.setattr(run.isolated, "target_of", lambda *given: {"stack": "photo-sync-drill"})
    monkeypatch.setattr(run.room, "give_way", lambda: None)
    for step in ("_containers", "_volumes", "_networks"):
        monkeypatch.setattr(remains, step, lambda place, step=step: seen.append(step))
    monkeypatch.setattr(remains.room, "take_back", lambda place: seen.append("slice"))

    def phase(names: list[str], *given: Any) -> restore.Restored:
        seen.extend(names)
        assert given[1].read_only
        return restore.Restored(POINT, True, dict.fromkeys(names, {"differences": [], "compared": {"rows": 5}}))

    monkeypatch.setattr(run.restore, "run", phase)
    return seen


REMOVAL = ["_containers", "_volumes", "_networks", "slice"]


def fail_in(monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException) -> None:
    before = run.restore.run

    def phase(asked: list[str], *given: Any) -> restore.Restored:
        done = before(asked, *given)
        if asked == [name]:
            raise error
        return done

    monkeypatch.setattr(run.restore, "run", phase)


def test_it_is_a_real_restore_in_the_real_order_but_for_what_ends_one(spec: dict[str, Any], course: list[str]) -> None:
    outcome = run.run(spec, SETTINGS)
    phases = [phase for phase in restore.ORDER if phase not in ("safety", "stop", "finish")]
    assert course == [*phases, *REMOVAL]
    assert (outcome["ok"], outcome["point"], outcome["compared"]) == (True, POINT, {"rows": 5})
    kept = result.read(spec.state_dir)
    assert kept and kept["last_good"] == outcome
    assert not os.path.exists(place_of(spec).folder)


@pytest.mark.parametrize("error", [PointError("a pack is lost"), RuntimeError("a fault"), KeyboardInterrupt()])
def test_a_failure_is_kept_and_nothing_is_left(
    spec: dict[str, Any], course: list[str], monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    fail_in(monkeypatch, "files", error)
    with pytest.raises(type(error)):
        run.run(spec, SETTINGS)
    assert course == ["plan", "verify", "files", *REMOVAL]
    kept = result.read(spec.state_dir)
    assert kept and (kept["last"]["ok"], kept["last"]["failed"], kept["last_good"]) == (False, "files", None)
    assert kept["last"]["error"]
    assert not os.path.exists(place_of(spec).folder)


def test_who_is_told_to_end_takes_the_drill_away_first(
    spec: dict[str, Any], course: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = run.restore.run

    def phase(asked: list[str], *given: Any) -> restore.Restored:
        if asked == ["databases"]:
            os.kill(os.getpid(), signal.SIGTERM)
        return before(asked, *given)

    monkeypatch.setattr(run.restore, "run", phase)
    with pytest.raises(shelter.Stopped, match="SIGTERM"):
        run.run(spec, SETTINGS)
    assert course[-4:] == REMOVAL
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_differences_are_a_failure_that_names_them(
    spec: dict[str, Any], course: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_in(monkeypatch, "prove", Disproved("table x: expected 5 rows", POINT, {}))
    with pytest.raises(PointError, match="table x: expected 5 rows"):
        run.run(spec, SETTINGS)
    assert "start" not in course


def test_what_a_killed_drill_left_goes_before_the_next_begins(spec: dict[str, Any], course: list[str]) -> None:
    os.makedirs(place_of(spec).folder)
    run.run(spec, SETTINGS)
    assert course[:5] == [*REMOVAL, "plan"]


def test_a_removal_that_fails_is_a_failure_and_is_tried_again_by_the_next(
    spec: dict[str, Any], course: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(_place: Any) -> None:
        raise OSError("device or resource busy")

    monkeypatch.setattr(remains, "_volumes", stuck)
    with pytest.raises(PointError, match="photo-sync-drill could not be removed:\ndevice or resource busy"):
        run.run(spec, SETTINGS)
    assert course[-3:] == ["_containers", "_networks", "slice"]
    assert os.path.isdir(place_of(spec).folder)


def test_a_stack_that_bears_the_drills_name_is_not_taken_for_one(
    spec: dict[str, Any], course: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(run.remains.os.path, "exists", lambda path: path == "/opt/photo-sync-drill")
    with pytest.raises(PointError, match="a stack of that name lies in /opt/photo-sync-drill"):
        run.run(spec, SETTINGS)
    assert course == []


def test_what_a_shell_says_to_compose_does_not_reach_a_drill(
    spec: dict[str, Any], course: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "photo-sync")
    fail_in(monkeypatch, "plan", PointError(""))
    seen: list[bool] = []
    monkeypatch.setattr(run.stage, "lay", lambda *given: seen.append("COMPOSE_PROJECT_NAME" in os.environ))
    with pytest.raises(PointError):
        run.run(spec, SETTINGS)
    assert seen == [False]
    assert os.environ["COMPOSE_PROJECT_NAME"] == "photo-sync"


def test_a_backup_clears_what_is_left_and_lets_a_running_drill_alone(spec: dict[str, Any], course: list[str]) -> None:
    place, said = place_of(spec), []
    remains.clear(spec, said.append)
    assert course == [] and said == []
    os.makedirs(place.folder)
    with exclusive(place.lock, "a drill"):
        assert lock.is_held(paths.drill_lock(spec.state_dir))
        remains.clear(spec, said.append)
        assert course == []
    assert not lock.is_held(paths.drill_lock(spec.state_dir))
    remains.clear(spec, said.append)
    assert course == REMOVAL
    assert said == ["a drill is running beside this", "removing what an earlier drill left"]


def test_nothing_is_pruned_from_under_a_running_drill(spec: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    class Repository:
        def snapshots(self, _tags: list[str]) -> list[dict[str, Any]]:
            return []

    monkeypatch.setattr(prune, "repository", lambda *given, **more: Repository())
    monkeypatch.setattr(prune, "points_of", lambda snapshots: [{"id": "a", "complete": True, "snapshots": []}])
    monkeypatch.setattr(prune, "choose", lambda *given: {"a"})
    said: list[str] = []
    with exclusive(paths.drill_lock(spec.state_dir), "a drill"):
        assert prune.prune_locked(spec, SETTINGS, said.append)["kept"] == ["a"]
    assert "a drill is reading restore points" in said[0]
