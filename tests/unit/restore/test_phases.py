# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restore is its phases in one order: killed in any of them it goes on there, and it ends once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore, half_done
from ansible_collections.photosync.vps.plugins.modules import restore_phase
from support.specs import changed

POINT = "20261123T030000Z-3f9a"
SETTINGS = Settings(repository="/r", password_file="/p", host="web1")
ANEW = ("plan", "prove")


class Killed(BaseException):
    """The power went."""


class Host:
    """A host on which each phase is only noted, and one of them may be the last thing that happens."""

    def __init__(self, spec: Any, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.target = changed(spec, state_dir=str(folder), drill_of="")
        self.done: list[str] = []
        self.said: list[str] = []
        self.dies_in = self.fails_in = ""
        steps = tuple(replace(step, do=self._doing(step), holding=lambda _work: self) for step in restore.STEPS)
        monkeypatch.setattr(restore, "STEPS", steps)
        monkeypatch.setattr(restore.context, "opened", self._opened)
        monkeypatch.setattr(restore.phases, "again", lambda _work: ["web"])

    def __enter__(self) -> None:
        """Nobody else is there."""

    def __exit__(self, *_given: Any) -> None:
        """Nobody else is there."""

    def _opened(self, phase: str, target: Any, _settings: Settings, asked: Asked, _progress: Any) -> Any:
        assert asked.point == ("latest" if phase == "plan" else POINT), "what the plan has chosen is meant from then on"
        journal = Restore(target.state_dir, POINT)
        return SimpleNamespace(target=target, asked=asked, manifest={"id": POINT}, only=[], journal=journal)

    def _doing(self, step: Any) -> Any:
        def do(work: Any) -> dict[str, Any]:
            self.done.append(step.name)
            if step.name == self.dies_in:
                raise Killed
            if step.name == self.fails_in:
                raise PointError("no room")
            if step.name == "files":
                work.journal.replacing()
            if step.again and work.journal.result(step.name) is None:
                work.journal.note(step.name, {})
            return {"compared": {}, "accepted": {}, "left_out": [], "fenced": "", "seconds": {}}

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
def test_killed_in_any_phase_it_goes_on_there_and_ends(host: Host, phase: str) -> None:
    host.dies_in = phase
    with pytest.raises(Killed):
        host.restore()
    at = restore.ORDER.index(phase)
    assert host.done == list(restore.ORDER[: at + 1])
    assert (half_done(host.target.state_dir) is not None) is (at > restore.ORDER.index("stop"))
    host.dies_in = ""
    assert host.restore().point == POINT
    assert host.done == [name for name in restore.ORDER if name in ANEW or restore.ORDER.index(name) >= at]
    assert half_done(host.target.state_dir) is None


def test_all_of_it_is_told_as_it_comes_and_one_phase_says_nothing(host: Host) -> None:
    assert host.restore(["plan"]).results.keys() == {"plan"} and host.said == []
    done = host.restore(restore.DATA)
    assert host.said == [f"phase {name}" for name in restore.DATA]
    assert (done.changed, list(done.results)) == (True, list(restore.DATA))
    assert host.restore(["start", "finish"]).changed
    assert (*restore.DATA, "start", "finish") == restore.ORDER


def test_nothing_that_costs_data_is_done_before_the_plan_or_in_a_dry_run(host: Host) -> None:
    with pytest.raises(PointError, match="files was not allowed yet: the phase plan comes first"):
        host.restore(["files"])
    assert host.restore(["stop", "files"], dry_run=True).changed and host.done == []
    assert not host.restore(["verify"], dry_run=True).changed


@pytest.mark.parametrize(("phase", "said"), [("files", "started again: web\nnothing that was here"), ("databases", "")])
def test_what_fails_before_anything_was_replaced_serves_again_and_afterwards_names_the_ways_on(
    host: Host, phase: str, said: str
) -> None:
    host.fails_in = phase
    with pytest.raises(PointError, match=f"no room\n{said or 'the restore of .* has not ended well yet'}"):
        host.restore()


def test_data_are_the_phases_that_the_word_stands_for_and_a_check_leaves_out_those_that_only_look() -> None:
    assert restore_phase.phases_of(["data"], False) == list(restore.DATA)
    assert restore_phase.phases_of(["start", "finish"], True) == ["start", "finish"]
    assert restore_phase.phases_of(["data"], True) == ["safety", "stop", "files", "databases", "credentials"]
