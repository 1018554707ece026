# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is half done of a restore, what is refused meanwhile, and the ways on that are named."""

from __future__ import annotations

import contextlib
import datetime
import functools
import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import create
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.cli import main as cli
from ansible_collections.photosync.vps.plugins.module_utils.restore import abandon, differences
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore, half_done
from support.fakes.world import World
from support.specs import changed

POINT, KEPT = "20261123T030000Z-3f9a", "20261125T030000Z-bbbb"
BEFORE = {"kind": "point", "name": KEPT, "volumes": {}, "running": ["web"]}
ROWS = {"kind": "rows", "where": "database a/b", "what": "table t", "expected": 5, "found": 4, "message": "rows of t"}
FILE = {"kind": "missing", "where": "volume v", "what": "/x", "expected": "a file", "found": "nothing", "message": "/x"}
RESULTS = {"plan": {"replaces": ["data"]}, "safety": {"kind": "point", "name": KEPT}}
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


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"phases": [], "manifest": null}'])
def test_a_journal_that_cannot_be_read_is_one_of_a_restore_that_is_half_done_with_a_way_on(
    tmp_path: Path, text: str
) -> None:
    with World(tmp_path) as world:
        world.deploy()
        before, points = world.data(), [create.create(world.spec, world.settings).manifest["id"] for _time in range(2)]
        put_back = [functools.partial(restored, world, point) for point in points]
        assert world.killed(put_back[0], where="pg_restore: table")
        Path(world.path(f"var/world/restore/{points[0]}.json")).write_text(text)
        said = unfinished.told("world", world.path("var/world"))
        assert "cannot be read" in said and f"world restore {points[0]} --confirm" in said, said
        # Nobody knows what lies here, so that it is kept before another attempt replaces it.
        assert put_back[1]()["safety"]["kind"] != "unknown"
        assert unfinished.told("world", world.path("var/world")) == "" and world.data() == before


def test_of_two_restores_that_take_turns_only_the_one_that_was_begun_last_goes_on(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        world.deploy()
        first, second = (create.create(world.spec, world.settings).manifest["id"] for _time in range(2))

        def do(point: str, *names: str, **given: Any) -> None:
            restore.run(names, world.target, world.settings, Asked(point, world.confirmation, **given))

        do(first, *restore.ORDER[:5])
        do(second, "plan")
        with pytest.raises(PointError, match=f"{first} does not go on with databases: the restore of {second} was"):
            do(first, "databases")
        do(second, *restore.ORDER[1:5])
        do(first, "plan")
        with pytest.raises(PointError, match=f"{second} does not go on with databases"):
            do(second, "databases")
        state = world.state()
        abandon.abandon(world.target, world.settings, world.confirmation, print)
        assert world.data()["databases"] == state["databases"]


def restored(world: World, point: str) -> dict[str, Any]:
    return restore.restore(world.target, world.settings, Asked(point, world.confirmation), world.hear)


def test_what_the_kept_point_is_restored_by_goes_on_with_the_same_command(begin: Begin, tmp_path: Path) -> None:
    first = begin(replaced=True, kept=BEFORE, done=("plan", "files"))
    first.abandon()
    assert "to go on with that: small restore --abandon" in unfinished.told("small", str(tmp_path))
    begin(KEPT, replaced=True, kept=BEFORE, done=("plan", "files"))
    os.utime(tmp_path / "restore" / f"{KEPT}.json", (2**32, 2**32))
    told = unfinished.told("small", str(tmp_path))
    assert told.startswith("going back") and "small restore --abandon --confirm small@web1" in told


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
