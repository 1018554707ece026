# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever has steps is killed anywhere, goes on, and knows what it has done; what the version before began too."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.steps import runner
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore, half_done
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import Journal, Step

POINT = "20261123T030000Z-3f9a"


class Killed(BaseException):
    """The power went."""


def journal(tmp_path: Path) -> Journal:
    return Journal(str(tmp_path / "works" / "one.json"))


def work(journal: Journal, done: list[str], dies_in: str = "") -> None:
    """Three steps, of which one may be the last that happens."""

    def step(name: str) -> Step:
        def do(_work: Any) -> dict[str, Any]:
            done.append(name)
            if name == dies_in:
                raise Killed
            return {"did": name}

        return Step(name, do, ends=name == "last")

    for name in ("first", "second", "last"):
        runner.run(step(name), journal, None)


@pytest.mark.parametrize("dies_in", ["first", "second", "last"])
def test_a_work_that_was_killed_goes_on_with_the_step_that_it_was_in(tmp_path: Path, dies_in: str) -> None:
    done: list[str] = []
    with pytest.raises(Killed):
        work(journal(tmp_path), done, dies_in)
    work(journal(tmp_path), done)
    assert done == sorted([*("first", "second", "last"), dies_in], key=["first", "second", "last"].index)
    assert journal(tmp_path).done == {}, "it has ended, so that the next one begins anew"
    assert "did" in next((tmp_path / "works").glob("one.finished-*")).read_text()


@pytest.mark.parametrize("events", [1, 2, 3, 4])
def test_an_event_that_was_torn_anywhere_never_happened_and_the_next_takes_its_place(
    tmp_path: Path, events: int
) -> None:
    known = journal(tmp_path)
    known.begin(who="alice")
    for number in range(events):
        known.know(**{f"fact {number}": number})
    text = Path(known.path).read_text()
    last = text.splitlines(keepends=True)[-1]
    for size in range(len(last)):
        Path(known.path).write_text(text[: len(text) - len(last) + size])
        torn = journal(tmp_path)
        assert list(torn.facts) == ["who", *(f"fact {number}" for number in range(events - 1))]
        torn.know(later=True)
        again = journal(tmp_path)
        assert (again.facts, again.unreadable) == (torn.facts, False)
        assert Path(known.path).read_text().endswith("}\n")


@pytest.mark.parametrize("text", ["", "{", "{}\n", '{"event": "of a later version"}\n', '{"event": "begun"}\n{\n{}\n'])
def test_a_journal_that_was_damaged_is_not_taken_for_an_empty_one(tmp_path: Path, text: str) -> None:
    known = journal(tmp_path)
    known.begin()
    Path(known.path).write_text(text)
    doubtful = Journal(known.path, doubt={"worst": True})
    assert doubtful.unreadable and doubtful.facts == {"worst": True}
    doubtful.know(seen=1)
    assert journal(tmp_path).facts == {"worst": True, "seen": 1}


def test_it_knows_what_serves_what_was_taken_back_and_what_a_new_attempt_begins_with(tmp_path: Path) -> None:
    known = journal(tmp_path)
    known.begin(who="alice")
    assert known.serves == runner.OLD
    runner.run(Step("look", lambda _work: {}, looks=True), known, None)
    runner.run(Step("stop", lambda _work: {"stopped": ["web"]}, serves=runner.STOPPED), known, None)
    assert (journal(tmp_path).serves, journal(tmp_path).result("stop")) == (runner.STOPPED, {"stopped": ["web"]})
    known.undo("stop", serves=runner.OLD)
    assert (journal(tmp_path).serves, journal(tmp_path).result("stop")) == (runner.OLD, None)
    known.append(runner.ABANDONED, {"who": "bob"}, keeps=["look"])
    assert journal(tmp_path).abandoned and list(journal(tmp_path).done) == ["look"]
    known.begin(whose="hers")
    again = journal(tmp_path)
    assert (again.done, again.facts, again.abandoned) == ({}, {"whose": "hers"}, False)


def test_what_holds_others_off_is_held_until_the_step_is_noted(tmp_path: Path) -> None:
    seen: list[Any] = []

    @contextlib.contextmanager
    def alone(_work: Any) -> Iterator[None]:
        yield
        seen.append(journal(tmp_path).result("stop"))

    assert runner.run(Step("stop", lambda _work: {"a": 1}, holding=alone), journal(tmp_path), None) == (True, {"a": 1})
    assert seen == [{"a": 1}]


def test_a_step_that_looks_is_done_again_and_notes_by_itself_what_has_to_be_known(tmp_path: Path) -> None:
    looked: list[int] = []
    step = Step("look", lambda _work: looked.append(1) or {}, looks=True, again=True)
    for _time in range(2):
        assert runner.run(step, journal(tmp_path), None) == (False, {})
    assert looked == [1, 1] and not journal(tmp_path).there


def test_a_restore_that_the_version_before_left_half_done_goes_on(tmp_path: Path) -> None:
    at = "2026-11-23T03:00:00+00:00"
    phases = {"plan": {"replaces": ["data"]}, "stop": {"stopped": ["web"]}, "files": {"volumes": {}}}
    noted = {
        "point": POINT,
        "wanted": "latest",
        "replaced": True,
        "repository": "first",
        "begun": ["files"],
        "host": "web1",
        "before": {"kind": "cold", "name": "cold-1"},
        "differences": [],
        "digest": "",
        "accepted": {},
        "abandoned": True,
        "manifest": {"id": POINT, "only": []},
        "phases": {name: {"finished": at, "seconds": 1.5, "result": result} for name, result in phases.items()},
    }
    path = tmp_path / "restore" / f"{POINT}.json"
    path.parent.mkdir()
    path.write_text(json.dumps(noted, indent=2) + "\n")
    half = half_done(str(tmp_path))
    assert half and path.read_text().startswith("{\n"), "who only looks writes nothing"
    half.note("databases", {"databases": []})
    half.once("files", lambda: pytest.fail("it was done before"))
    again = Restore(str(tmp_path), POINT)
    assert {name: again.result(name) for name in again.done} == {**phases, "databases": {"databases": []}}
    assert (again.wanted, again.replaced, again.host, again.kept) == ("latest", True, "web1", noted["before"])
    assert (again.abandoned, again.manifest, again.serves) == (True, noted["manifest"], runner.STOPPED)
    assert (again.durations()["files"], again.done["files"]["at"]) == (1.5, at)
