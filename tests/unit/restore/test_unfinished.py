# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is half done of a restore, what is refused meanwhile, and the ways on that are named."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import ownership
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.cli import main as cli
from ansible_collections.photosync.vps.plugins.module_utils.restore import (
    abandon,
    before,
    differences,
    phases,
    planning,
    safety,
)
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore, close_others, half_done
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import Step
from support.specs import changed

POINT, OTHER, KEPT = "20261123T030000Z-3f9a", "20261124T030000Z-aaaa", "20261125T030000Z-bbbb"
BEFORE = {"kind": "point", "name": KEPT, "volumes": {}, "running": ["web"]}
ROWS = {"kind": "rows", "where": "database a/b", "what": "table t", "expected": 5, "found": 4, "message": "rows of t"}
FILE = {"kind": "missing", "where": "volume v", "what": "/x", "expected": "a file", "found": "nothing", "message": "/x"}
RESULTS = {"plan": {"replaces": ["data"]}, "safety": {"kind": "point", "name": KEPT}}
SETTINGS = Settings(repository="/r", password_file="/p", host="web1")
Begin = Callable[..., Restore]


@pytest.fixture
def begin(tmp_path: Path, manifest: dict[str, Any]) -> Begin:
    """Begin a restore and have it break off."""

    def begun(
        point: str = POINT,
        done: tuple[str, ...] = ("plan",),
        replaced: bool = False,
        only: tuple[str, ...] = (),
        kept: dict[str, Any] | None = None,
        found: tuple[dict[str, Any], ...] = (),
    ) -> Restore:
        journal = Restore(str(tmp_path), point)
        known = {"manifest": {**manifest, "id": point, "only": list(only)}, "host": "web1"}
        journal.begin(**known, before=kept, replaced=replaced)
        for phase in done:
            journal.note(phase, RESULTS.get(phase, {}), serves="stopped" if phase == "stop" else "")
        if found:
            journal.disproved(list(found), differences.digest(found))
        return Restore(str(tmp_path), point)

    return begun


def host(spec: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    return changed(spec, state_dir=str(tmp_path), services=[])


@pytest.mark.parametrize(
    ("done", "replaced", "only", "half"),
    [
        (("plan",), False, (), False),
        (("plan", "verify", "safety"), False, (), False),
        (("plan", "verify", "safety", "stop"), False, (), True),
        (("plan", "verify", "safety", "stop"), False, ("web",), True),
        (("plan", "verify", "safety", "stop"), False, ("configuration",), False),
        (("plan",), True, (), True),
        (("plan", "verify", "safety", "stop", "files", "databases"), True, (), True),
    ],
)
def test_a_restore_is_half_done_from_its_stop_to_its_end(
    begin: Begin, tmp_path: Path, done: tuple[str, ...], replaced: bool, only: tuple[str, ...], half: bool
) -> None:
    journal = begin(done=done, replaced=replaced, only=only)
    assert (half_done(str(tmp_path)) is not None) is half
    if half:
        with pytest.raises(unfinished.HalfRestored, match=r"(?s)nothing was changed.*to go on with it"):
            unfinished.refuse("small", str(tmp_path), "services would start")
    else:
        unfinished.refuse("small", str(tmp_path), "services would start")
    journal.close()
    assert unfinished.told("small", str(tmp_path)) == ""


@pytest.mark.parametrize(
    ("found", "kept", "ways"),
    [
        ((), BEFORE, ["on with it", "go back"]),
        ((ROWS,), BEFORE, ["accept exactly", "begin it anew", "go back"]),
        ((ROWS,), {"kind": "cold", "name": "cold-1"}, ["accept exactly", "begin it anew", "go back"]),
        ((ROWS,), {"kind": "empty", "name": ""}, ["accept exactly", "begin it anew", "go back"]),
        ((ROWS,), {"kind": "none", "name": ""}, ["accept exactly", "begin it anew", "no way back"]),
        ((ROWS,), {"kind": "unknown", "name": ""}, ["accept exactly", "begin it anew", "not known"]),
        ((), None, ["on with it", "not known"]),
    ],
)
def test_every_way_on_is_named_and_its_command_can_be_typed(
    begin: Begin, found: tuple[dict[str, Any], ...], kept: dict[str, Any] | None, ways: list[str]
) -> None:
    half = begin(replaced=True, kept=kept, found=found, only=("web", "files"))
    told = unfinished.ways("small", half)
    assert len(told) == len(ways)
    for line, word in zip(told, ways, strict=True):
        assert word in line
        command = line.rpartition(": small ")[2]
        if command != line:
            asked = cli.parser("small", "1").parse_args(shlex.split(command))
            assert asked.confirm == "small@web1"
            assert asked.abandon or (asked.point, asked.only) == (POINT, ["web,files"])
            assert asked.accept_differences == (differences.digest(found) if word == "accept exactly" else "")


def test_backups_are_never_refused_without_both_ways(begin: Begin, spec: dict[str, Any], tmp_path: Path) -> None:
    begin(replaced=True, kept=BEFORE, found=(ROWS,))
    with pytest.raises(PointError, match=r"(?s)has not ended well yet.*--accept-differences \w{12} .*--abandon"):
        ownership.refuse_half(host(spec, tmp_path))


def test_the_digest_stands_for_the_list_in_any_order_and_for_no_other() -> None:
    assert differences.digest([ROWS, FILE]) == differences.digest([FILE, ROWS])
    assert differences.digest([ROWS]) != differences.digest([{**ROWS, "found": 3}])
    assert len({differences.digest(found) for found in ([], [ROWS], [FILE], [ROWS, FILE])}) == 4


def test_a_list_of_differences_says_what_each_kind_means_and_does_not_fill_the_screen() -> None:
    said = differences.text(POINT, [*({**FILE, "message": f"file {number}"} for number in range(70)), ROWS])
    assert said.index("table holds other rows") < said.index("70 of the kind missing: the file is in the point and not")
    assert "file 48" in said and "file 49" not in said and "and 21 more" in said
    assert differences.ANY_OTHER in differences.text(POINT, [{**ROWS, "kind": "comment"}])


DIGEST = differences.digest([ROWS, FILE])
ACCEPTED = {"digest": DIGEST, "differences": [ROWS, FILE], "by": "alice", "at": "now"}


@pytest.mark.parametrize(
    ("found", "asked", "accepted", "serving", "well"),
    [
        ([ROWS, FILE], DIGEST, {}, False, True),
        ([FILE, ROWS], DIGEST, {}, True, True),
        ([ROWS], DIGEST, {}, False, False),
        ([ROWS], DIGEST, {}, True, True),
        ([{**ROWS, "found": 3}], DIGEST, {}, True, False),
        ([ROWS, FILE], "", {}, False, False),
        ([ROWS, FILE], "another", {}, False, False),
        ([ROWS, FILE], "", ACCEPTED, False, True),
        ([ROWS], "", ACCEPTED, True, True),
        ([{**ROWS, "found": 3}], "", ACCEPTED, True, False),
        ([ROWS, FILE], "another", ACCEPTED, False, False),
    ],
)
def test_exactly_what_was_accepted_passes_and_what_services_have_made_good_since(
    found: list[dict[str, Any]], asked: str, accepted: dict[str, Any], serving: bool, well: bool
) -> None:
    recorded = [ROWS, FILE]
    assert differences.are_accepted(found, asked, recorded, DIGEST, accepted, serving) is well


def test_whoever_was_not_there_is_told_what_the_proof_found_and_where_all_of_it_is(
    begin: Begin, tmp_path: Path
) -> None:
    begin(replaced=True, kept=BEFORE, found=(ROWS,))
    assert unfinished.told("small", str(tmp_path)).splitlines()[1] == "  rows of t"
    half = begin(replaced=True, kept=BEFORE, found=tuple({**FILE, "message": f"file {n}"} for n in range(7)))
    said = unfinished.told("small", str(tmp_path))
    assert "file 4" in said and "file 5" not in said and f"and 2 more: {half.path}" in said


def test_a_restore_that_is_proved_and_did_not_start_says_so(begin: Begin) -> None:
    assert unfinished.headline(begin(done=("plan", "databases"), replaced=True)).endswith("has not ended well yet")
    half = begin(done=("plan", "databases", "prove"), replaced=True)
    assert unfinished.headline(half).endswith("its data is proved, its services have not started well")
    half.accept(differences.digest([ROWS]), [ROWS], "alice")
    assert "its differences are accepted, its services" in unfinished.headline(half)


@pytest.mark.parametrize(
    ("resumed", "replaces", "refused"), [(True, ["data"], True), (True, [], False), (False, ["data"], False)]
)
def test_who_only_looks_does_not_go_on_with_what_somebody_else_has_confirmed(
    spec: dict[str, Any], monkeypatch: Any, resumed: bool, replaces: list[str], refused: bool
) -> None:
    planned = {"resumed": resumed, "replaces": replaces}
    monkeypatch.setattr(restore, "run", lambda *given: restore.Restored(POINT, False, {"plan": planned}))
    assert bool(restore.look(spec, SETTINGS, Asked(), print)["refused"]) is refused


def test_a_look_that_is_refused_names_what_stands_still_already(
    begin: Begin, spec: dict[str, Any], manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any
) -> None:
    half = begin(replaced=True, kept=BEFORE, found=(ROWS,))
    half.note("plan", {"replaces": ["data"], "stops": ["web", "worker"]})
    work = working(host(spec, tmp_path), manifest, POINT, monkeypatch)

    def refused(*_given: Any) -> None:
        raise planning.Unconfirmed("say so", POINT, {"stops": ["database"]})

    monkeypatch.setattr(planning, "weigh", refused)
    with pytest.raises(planning.Unconfirmed) as error:
        planning.plan(work)
    assert error.value.report["stops"] == ["database", "web", "worker"]


def test_who_only_plans_leaves_no_trace(
    begin: Begin, spec: dict[str, Any], manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any
) -> None:
    half = begin(replaced=True, kept=BEFORE)
    before = Path(half.path).read_text()
    for point in (POINT, OTHER):
        work = working(host(spec, tmp_path), manifest, point, monkeypatch)
        work.asked = Asked(point, dry_run=True)
        planning.plan(work)
    assert os.listdir(tmp_path / "restore") == [f"{POINT}.json"] and Path(half.path).read_text() == before


def test_who_accepted_what_and_when_stays_in_the_closed_journal(begin: Begin, tmp_path: Path) -> None:
    journal = begin(replaced=True, found=(ROWS,))
    journal.accept(journal.digest, journal.differences, "alice")
    assert Restore(str(tmp_path), POINT).resumable(datetime.datetime.now().astimezone()) is False, (
        "only the plan is noted"
    )
    journal.close()
    (closed,) = (tmp_path / "restore").glob("*.finished-*")
    (accepted,) = (event for line in closed.open() if (event := json.loads(line))["event"] == "accepted")
    assert accepted["facts"]["accepted"]["differences"] == [ROWS]
    assert accepted["facts"]["accepted"]["by"] == "alice"


@pytest.mark.parametrize("how", ["disproved", "gone on with", "abandoned", "another point"])
def test_what_was_before_the_first_attempt_survives(
    begin: Begin, spec: dict[str, Any], manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any, how: str
) -> None:
    first = begin(replaced=True, kept=BEFORE, done=("plan", "safety", "stop", "files", "databases"))
    if how == "abandoned":
        first.abandon()
    if how == "disproved":
        first.disproved([ROWS], "3f6c1d20a8be")
    work = working(host(spec, tmp_path), manifest, OTHER if how == "another point" else POINT, monkeypatch)
    planning.plan(work)
    assert (work.journal.result("files") is None) is (how != "gone on with")
    assert phases.keep(work)["name"] == KEPT, "no point is made of half a restore"
    assert Restore(str(tmp_path), work.manifest["id"]).kept == BEFORE
    assert half_done(str(tmp_path)), "what lies here is still half of something"


def test_a_journal_of_the_first_version_is_read_with_what_it_knows(tmp_path: Path) -> None:
    finished = {"finished": "2026-11-23T03:00:00+00:00", "seconds": 1.5}
    phases: dict[str, Any] = {"plan": {**finished, "result": {"replaces": ["data"]}}}
    phases["safety"] = {"finished": finished["finished"], "result": {"kind": "point", "name": KEPT}}
    noted: dict[str, Any] = {"point": POINT, "replaced": True, "phases": phases, "manifest": None}
    path = tmp_path / "restore" / f"{POINT}.json"
    path.parent.mkdir()
    path.write_text(json.dumps(noted))
    assert "--abandon" in unfinished.told("small", str(tmp_path)) and KEPT in unfinished.told("small", str(tmp_path))
    noted["phases"]["plan"]["result"]["replaces"] = []
    path.write_text(json.dumps(noted))
    kept = Restore(str(tmp_path), POINT).kept
    assert kept and kept["kind"] == "empty"


@pytest.mark.parametrize("text", ["", "{", "{}", "[]", '{"phases": [], "manifest": null}', '"x"'])
def test_a_journal_that_cannot_be_read_is_one_of_a_restore_that_is_half_done_with_a_way_on(
    begin: Begin, spec: dict[str, Any], manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any, text: str
) -> None:
    journal = begin(done=("plan", "safety", "stop"), replaced=True, kept=BEFORE)
    Path(journal.path).write_text(text)
    said = unfinished.told("small", str(tmp_path))
    assert f"{journal.path} cannot be read" in said and f"small restore {POINT} --confirm" in said, said
    # Nobody knows what lies here, so that it is kept before another attempt replaces it.
    work = working(host(spec, tmp_path), manifest, OTHER, monkeypatch)
    planning.plan(work)
    assert phases.keep(work)["name"] == "20261201T000000Z-half"
    close_others(str(tmp_path), work.journal)
    work.journal.close()
    assert unfinished.told("small", str(tmp_path)) == ""


def test_of_two_restores_that_take_turns_only_the_one_that_was_begun_last_goes_on(
    begin: Begin, spec: dict[str, Any], manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any
) -> None:
    stack = host(spec, tmp_path)
    loading, credentials = (Step(name, lambda _work: {}) for name in ("databases", "credentials"))
    first, second = (working(stack, manifest, point, monkeypatch) for point in (POINT, OTHER))
    looked = working(stack, manifest, KEPT, monkeypatch, ("configuration",))
    for work in (first, second, looked):
        planning.plan(work)
    with pytest.raises(PointError, match=f"{POINT} does not go on with databases: the restore of {OTHER} was begun"):
        restore._once(loading, first)
    assert restore._once(loading, second) == (True, {})
    planning.plan(first)
    assert restore._once(loading, first) == (True, {})
    with pytest.raises(PointError, match=f"{OTHER} does not go on with credentials"):
        restore._once(credentials, second)
    abandon._note(stack, "")
    with pytest.raises(PointError, match="somebody began to go back since"):
        restore._once(credentials, first)


def working(
    spec: dict[str, Any], manifest: dict[str, Any], point: str, monkeypatch: Any, only: tuple[str, ...] = ()
) -> Any:
    """A restore of a point whose plan finds nothing wrong."""
    monkeypatch.setattr(planning, "weigh", lambda *given: {"stops": ["web"], "replaces": ["data"]})
    monkeypatch.setattr(planning.engine, "running_services", lambda _stack: {"web"})
    monkeypatch.setattr(planning.compare, "is_serving", lambda *given: False)
    monkeypatch.setattr(safety, "keep", lambda *given: {"kind": "point", "name": "20261201T000000Z-half"})
    monkeypatch.setattr(before, "volumes", lambda *given: {})
    monkeypatch.setattr(phases.compose, "containers", lambda _stack: [])
    narrowed = {**manifest, "id": point, "only": list(only)}
    return SimpleNamespace(
        target=spec,
        stack=spec.stack,
        settings=SETTINGS,
        place=SETTINGS,
        manifest=narrowed,
        only=list(only),
        concerned=set(),
        asked=Asked(point, "photo-sync@web1"),
        progress=print,
        journal=Restore(spec.state_dir, point),
    )


@pytest.mark.parametrize(
    ("half", "wanted", "allowed"),
    [
        ((), (), True),
        (("web",), ("web",), True),
        (("configuration", "web"), ("web",), True),
        (("web",), (), False),
        ((), ("web",), False),
        ((), ("configuration",), True),
    ],
)
def test_only_the_same_parts_are_restored_before_another_restore_has_ended(
    begin: Begin,
    spec: dict[str, Any],
    manifest: dict[str, Any],
    tmp_path: Path,
    monkeypatch: Any,
    half: tuple[str, ...],
    wanted: tuple[str, ...],
    allowed: bool,
) -> None:
    begin(replaced=True, kept=BEFORE, only=half)
    work = working(host(spec, tmp_path), manifest, OTHER, monkeypatch, wanted)
    if allowed:
        planning.plan(work)
        close_others(str(tmp_path), Restore(str(tmp_path), OTHER))
        assert (half_done(str(tmp_path)) is None) is (wanted != ("configuration",))
    else:
        with pytest.raises(PointError, match="only the same parts"):
            planning.plan(work)


def test_another_list_is_refused_with_the_one_that_is_known(
    begin: Begin, spec: dict[str, Any], manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any
) -> None:
    begin(replaced=True, kept=BEFORE, found=(ROWS,), done=("plan", "safety", "files", "databases", "credentials"))
    work = working(host(spec, tmp_path), manifest, POINT, monkeypatch)
    work.asked = Asked(POINT, accept="mistyped")
    with pytest.raises(PointError, match=rf"(?s)mistyped is not .*{differences.digest([ROWS])}.*rows of t"):
        planning.plan(work)
    work.asked = Asked(POINT, accept=differences.digest([ROWS]))
    planning.plan(work)
    assert Restore(str(tmp_path), POINT).result("databases") == {}, "it goes on, however long ago it was"


@pytest.mark.parametrize("kind", ["none", "unknown"])
def test_where_nothing_was_kept_going_back_is_refused_with_the_ways_that_are_left(
    begin: Begin, spec: dict[str, Any], tmp_path: Path, kind: str
) -> None:
    begin(replaced=True, kept={"kind": kind, "name": ""})
    with pytest.raises(PointError, match="(?s)nothing was changed: the restore of .*to go on with it: photo"):
        abandon.abandon(host(spec, tmp_path), SETTINGS, "photo-sync@web1", print)


def test_going_back_says_what_comes_back_until_it_is_confirmed(
    begin: Begin, spec: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(PointError, match="nothing to go back from"):
        abandon.abandon(host(spec, tmp_path), SETTINGS, None, print)
    begin(replaced=True, kept=BEFORE)
    with pytest.raises(PointError, match=f"nothing was changed.*{KEPT}.*--confirm photo-sync@web1"):
        abandon.abandon(host(spec, tmp_path), SETTINGS, "photo-sync@elsewhere", print)


def test_what_the_kept_point_is_restored_by_goes_on_with_the_same_command(begin: Begin, tmp_path: Path) -> None:
    first = begin(replaced=True, kept=BEFORE, done=("plan", "files"))
    first.abandon()
    assert "to go on with that: small restore --abandon" in unfinished.told("small", str(tmp_path))
    begin(KEPT, replaced=True, kept=BEFORE, done=("plan", "files"))
    os.utime(tmp_path / "restore" / f"{KEPT}.json", (2**32, 2**32))
    told = unfinished.told("small", str(tmp_path))
    assert told.startswith("going back") and "small restore --abandon --confirm small@web1" in told


def test_starts_wait_for_one_another_and_are_refused_only_outside_of_the_restore(
    begin: Begin, spec: dict[str, Any], tmp_path: Path
) -> None:
    stack = host(spec, tmp_path)
    with unfinished.starting(stack, "up"):
        pass
    begin(done=("plan", "stop"))
    with pytest.raises(unfinished.HalfRestored, match="up would start services"), unfinished.starting(stack, "up"):
        raise AssertionError("not reached")
    with unfinished.starting(stack, "the deployment", restoring=POINT):
        pass


def test_who_has_waited_for_a_restore_to_stop_everything_finds_that_it_has(
    begin: Begin, spec: dict[str, Any], tmp_path: Path, monkeypatch: Any
) -> None:
    @contextlib.contextmanager
    def meanwhile(*_given: Any, **_named: Any) -> Any:
        begin(done=("plan", "stop"))
        waited.append("once")
        yield

    waited: list[str] = []
    monkeypatch.setattr(unfinished.lock, "exclusive", meanwhile)
    entered = []
    for _again in range(2):
        with contextlib.suppress(unfinished.HalfRestored), unfinished.starting(host(spec, tmp_path), "up"):
            entered.append("started on half of it")
    assert (entered, waited) == ([], ["once"]), "nobody waits for what is refused anyway"


def test_whatever_fails_meanwhile_names_the_ways_on_and_a_restore_that_goes_on_is_not_called_broken_off(
    begin: Begin, spec: dict[str, Any], tmp_path: Path
) -> None:
    stack = host(spec, tmp_path)
    with pytest.raises(PointError, match="^no room$"), restore._ways_told(stack):
        raise PointError("no room")
    begin(replaced=True, kept=BEFORE)
    with pytest.raises(PointError, match="(?s)no room.*to go on with it.*--abandon"), restore._ways_told(stack):
        raise OSError("no room")
    with pytest.raises(PointError) as error, restore._ways_told(stack):
        raise PointError(unfinished.told("photo-sync", str(tmp_path)))
    assert str(error.value).count("--abandon") == 1, "once"
    with pytest.raises(PointError, match="^no room$"), restore._ways_told(changed(stack, drill_of="photo-sync")):
        raise PointError("no room")
    with exclusive(str(tmp_path), "restore"):
        assert "goes on right now, as a restore (process" in unfinished.told("photo-sync", str(tmp_path))
    assert "has not ended well yet" in unfinished.told("photo-sync", str(tmp_path))


def test_of_several_the_one_that_has_replaced_something_is_gone_back_from(begin: Begin, tmp_path: Path) -> None:
    begin(replaced=True, kept=BEFORE)
    begin(OTHER, done=("plan", "stop"))
    os.utime(tmp_path / "restore" / f"{OTHER}.json", (2**32, 2**32))
    half = half_done(str(tmp_path))
    assert half and half.point == POINT


def test_what_stands_still_for_one_restore_is_started_at_the_end_of_another(
    begin: Begin, spec: dict[str, Any], manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any
) -> None:
    journal = begin(replaced=True, kept=BEFORE, only=("web",))
    journal.note("plan", {"replaces": ["data"], "stops": ["web"], "running": ["database", "web"]})
    work = working(host(spec, tmp_path), manifest, OTHER, monkeypatch, ("web",))
    monkeypatch.setattr(planning, "weigh", lambda *given: {"stops": [], "replaces": ["data"]})
    assert planning.plan(work)["stops"] == ["web"]
