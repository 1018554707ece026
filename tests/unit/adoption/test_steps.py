# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each step of an adoption ends: what hangs is ended, and the same step is the next to be done."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.adoption import found, left, phases
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec
from ansible_collections.photosync.vps.plugins.module_utils.steps import runner
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import Late


@pytest.fixture
def adoption(spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> phases.Adoption:
    """One that has saved what there was, with its journal in a folder of its own."""
    monkeypatch.setattr(found, "journal_path", lambda _stack: str(tmp_path / "adopted" / "unfinished.json"))
    return begun(phases.Adoption(spec, "photo-sync", "", {}))


def begun(adoption: phases.Adoption, **volumes: int) -> phases.Adoption:
    known = {"existing": {"project": "photo-sync", "bytes": volumes}, "containers": [], "networks": []}
    adoption.journal.begin(found=known, touched=True)
    return adoption


def hours(adoption: phases.Adoption) -> dict[str, float]:
    left = {step.name: step.limit(adoption).until - time.monotonic() for step in phases.STEPS}
    return {name: round(seconds / 3600, 2) for name, seconds in left.items()}


def test_what_moves_data_has_time_by_its_bytes_and_all_else_has_hours(
    adoption: phases.Adoption, tmp_path: Path, spec: Spec
) -> None:
    none = float("inf")
    assert hours(adoption) == {"save": none, "weigh": 3, "unpack": 6, "stop": 6, "data": 6, "finish": 1}
    begun(adoption, media=7_200_000_000)
    assert hours(adoption) == {"save": none, "weigh": 3, "unpack": 8, "stop": 8, "data": 8, "finish": 1}
    archive = tmp_path / "uploads.tar.gz"
    with archive.open("wb") as stream:
        stream.truncate(3_600_000_000)
    adoption.journal.begin()
    assert hours(phases.Adoption(spec, "", str(tmp_path), {}))["unpack"] == 7
    adoption.journal.know(archives={"uploads": {"path": str(archive)}, "gone": {"path": "/gone"}})
    assert hours(adoption)["data"] == 7


@pytest.mark.parametrize(
    ("timeout", "said"), [("", "it has 1h as long as adopt_timeout is empty"), ("2h", "adopt_timeout is 2h")]
)
def test_a_step_that_hangs_names_the_setting_and_is_the_next_to_be_done(
    adoption: phases.Adoption, spec: Spec, monkeypatch: pytest.MonkeyPatch, timeout: str, said: str
) -> None:
    hangs, done = [True], []

    def stop(_adoption: Any) -> dict[str, Any]:
        if hangs:
            signal.raise_signal(signal.SIGALRM)
        done.append("stop")
        return {}

    steps = [replace(step, do=stop, limit=phases._hours(1)) if step.name == "stop" else step for step in phases.STEPS]
    monkeypatch.setattr(phases, "STEPS", steps)
    with pytest.raises(Late, match=f"stop has not ended in time: {said}(.|\n)* stop counts as not done"):
        phases.Adoption(spec, "photo-sync", "", {}, timeout).run("stop")
    hangs.clear()
    again = phases.Adoption(spec, "photo-sync", "", {}, timeout)
    assert again.journal.serves == runner.OLD
    assert again.run("stop") == (True, {}) and again.run("stop") == (False, {}) and done == ["stop"]
    assert again.journal.serves == runner.STOPPED


@pytest.mark.parametrize(
    ("begun_with", "project", "started", "said"),
    [
        (
            True,
            "photo-sync",
            ["database", "web"],
            "The old deployment runs again (database, web). Nothing of it was lost.",
        ),
        (True, "", [], "Nothing of what was imported is left on the host."),
        (False, "photo-sync", None, "The old deployment was not touched."),
    ],
)
def test_what_became_of_the_old_deployment_is_said_when_it_is_undone(
    adoption: phases.Adoption,
    spec: Spec,
    monkeypatch: pytest.MonkeyPatch,
    begun_with: bool,
    project: str,
    started: Any,
    said: str,
) -> None:
    monkeypatch.setattr(phases.back, "undo", lambda *_given: {"started": started})
    if not begun_with:
        adoption.journal.remove()
    changed, result = phases.Adoption(spec, project, "", {}).undo()
    assert (changed, result["said"]) == (bool(started), said)


def test_what_was_adopted_is_told_line_by_line(spec: Spec) -> None:
    told = left.report(spec, "/kept", {"filled": ["a/b", "a/c"], "undeclared": []}, ["old"])
    assert told == [
        f"photo-sync serves what was there before: {spec.url}",
        "settings and dumps from before are in /kept",
        "filled from dumps: a/b, a/c",
        "databases that no entry declares, which backups hold all the same: none",
        "volumes that nothing uses any more: old",
    ]
