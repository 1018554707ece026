# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restore is its phases in one order: killed in any of them it goes on there, and it ends once."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import Late
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore, half_done
from ansible_collections.photosync.vps.plugins.modules import restore_phase
from support.specs import changed

POINT = "20261123T030000Z-3f9a"
SETTINGS = Settings(repository="/r", password_file="/p", host="web1")
ANEW = ("plan", "prove")


class Host:
    """A host on which each phase is only noted, and one of them may be the last thing that happens."""

    def __init__(self, spec: Any, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.target = changed(spec, state_dir=str(folder), drill_of="")
        self.done: list[str] = []
        self.said: list[str] = []
        self.hangs_in = ""
        steps = tuple(replace(step, do=self._doing(step), holding=lambda _work: self) for step in restore.STEPS)
        monkeypatch.setattr(restore, "STEPS", steps)
        monkeypatch.setattr(restore.context, "opened", self._opened)
        monkeypatch.setattr(restore.phases, "again", lambda _work: ["web"])
        monkeypatch.setattr(restore.limits.engine, "mountpoint", lambda _name: str(folder))

    def __enter__(self) -> None:
        """Nobody else is there."""

    def __exit__(self, *_given: Any) -> None:
        """Nobody else is there."""

    def _opened(self, phase: str, target: Any, _settings: Settings, asked: Asked, _progress: Any) -> Any:
        assert asked.point == ("latest" if phase == "plan" else POINT), "what the plan has chosen is meant from then on"
        journal = Restore(target.state_dir, POINT)
        manifest: dict[str, Any] = {"id": POINT, "databases": [], "volumes": []}
        return SimpleNamespace(target=target, asked=asked, manifest=manifest, only=[], journal=journal)

    def _doing(self, step: Any) -> Any:
        def do(work: Any) -> dict[str, Any]:
            self.done.append(step.name)
            if step.name == self.hangs_in:
                signal.raise_signal(signal.SIGALRM)
            if step.name == "files":
                work.journal.replacing()
            if step.again and work.journal.result(step.name) is None:
                work.journal.note(step.name, {})
            return {"compared": {}, "accepted": {}, "left_out": [], "fenced": "", "seconds": {}, "report": []}

        return do

    def restore(self, phases: Any = restore.ORDER, **asked: Any) -> restore.Restored:
        """Do the phases; what was done and said is noted anew."""
        self.done, self.said = [], []
        point = "latest" if "plan" in phases else POINT
        return restore.run(phases, self.target, SETTINGS, Asked(point, **asked), self.said.append)


@pytest.fixture
def host(spec: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(spec, tmp_path, monkeypatch)


@pytest.mark.parametrize("phase", restore.ORDER)
def test_a_phase_that_hangs_is_ended_names_the_setting_and_the_way_on_and_is_gone_on_with(
    host: Host, phase: str
) -> None:
    host.hangs_in = phase
    with pytest.raises(
        (PointError, Late), match=f"{phase} has not ended in time: .* set restore_timeout, such as"
    ) as error:
        host.restore()
    half = half_done(host.target.state_dir)
    assert half is None or "to go on with it: " in str(error.value)
    assert (
        half is not None or phase in ("plan", "prove") or "nothing that was here has been replaced" in str(error.value)
    )
    host.hangs_in = ""
    host.restore()
    assert phase in host.done and half_done(host.target.state_dir) is None


def test_what_moves_data_has_time_by_its_bytes_and_what_asks_and_stops_has_minutes(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = host._opened("plan", host.target, SETTINGS, Asked("latest"), None)
    minutes: dict[str, float] = {}

    def measure() -> None:
        for step in restore.STEPS:
            minutes[step.name] = round((step.limit(work).until - time.monotonic()) / 60)

    measure()
    asking = {"plan": 60, "stop": 15, "credentials": 15, "start": 30}
    assert (
        minutes.items() >= {**asking, **dict.fromkeys(("verify", "files", "databases", "prove", "finish"), 60)}.items()
    )
    work.manifest["volumes"] = [{"bytes": 6 * 10**9}]
    work.journal.note("plan", {"parts": [{"here": {"said": "nothing"}}, {"here": {"bytes": 12 * 10**9}}]})
    used = SimpleNamespace(used=60 * 10**9)
    monkeypatch.setattr(restore.limits.shutil, "disk_usage", lambda _path: used)
    measure()
    assert (
        minutes.items() >= {**asking, **dict.fromkeys(("verify", "files", "databases", "prove", "finish"), 360)}.items()
    )
    assert minutes["safety"] == 60 + 1000, "all that its disks hold, each disk once"
    assert "restore_timeout" in restore.limits.by_bytes(work).why
    work.target = changed(work.target, drill_of="photo-sync")
    assert restore.limits.by_bytes(work).why == "in a drill it has 6h", "of which no setting says anything"


def test_data_are_the_phases_that_the_word_stands_for_and_a_check_leaves_out_those_that_only_look() -> None:
    assert restore_phase.phases_of(["data"], False) == list(restore.DATA)
    assert restore_phase.phases_of(["start", "finish"], True) == ["start", "finish"]
    assert restore_phase.phases_of(["data"], True) == ["safety", "stop", "files", "databases", "credentials"]
