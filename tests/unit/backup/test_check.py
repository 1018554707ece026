# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All of a repository is read again, a part at a time, and not by a whole fleet at once."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import check, config
from ansible_collections.photosync.vps.plugins.module_utils.operations import jobs
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import LOCKED, Damaged, ResticError
from support.specs import make_spec

GIVEN = {"repository": "/r", "password_file": "/p", "host": "web1"}
NOW = datetime.datetime(2026, 11, 24, 3, 30, tzinfo=datetime.UTC)


def test_a_full_turn_reads_every_part_once_and_begins_anew() -> None:
    known: dict[str, Any] | None = None
    read = []
    for _night in range(25):
        part, parts = check.next_part(known, 12)
        read.append(part)
        known = {"part": part, "parts": parts, "ok": True}
    assert read == [*range(1, 13), *range(1, 13), 1]


def test_a_damaged_part_is_read_again_until_it_is_good() -> None:
    assert check.next_part({"part": 5, "parts": 12, "ok": False}, 12) == (5, 12)


def test_another_number_of_parts_begins_a_turn_anew() -> None:
    assert check.next_part({"part": 5, "parts": 12, "ok": True}, 4) == (1, 4)


@pytest.mark.parametrize(
    ("last", "due"),
    [
        ("2026-11-24T03:20:00+00:00", False),
        ("2026-11-18T03:30:00+00:00", False),
        ("2026-11-17T03:40:00+00:00", True),
        ("2026-11-17T05:00:00+00:00", False),
        ("2026-11-01T03:30:00+00:00", True),
    ],
)
def test_it_is_due_so_many_days_after_the_last(last: str, due: bool) -> None:
    assert check.is_due({"operations": {"check": {"ok": True, "last_success": last}}}, 7, NOW) is due


def test_the_first_is_due_and_so_is_the_one_after_a_failure_and_none_where_none_is_wanted() -> None:
    failed = {"operations": {"check": {"ok": False, "last_success": "2026-11-24T03:20:00+00:00"}}}
    assert check.is_due({"operations": {}}, 7, NOW)
    assert check.is_due(failed, 7, NOW)
    assert not check.is_due(failed, 0, NOW)


@pytest.mark.parametrize(
    ("error", "said", "known"),
    [
        (None, "part 1 of 12 is good", {"outcome": "good", "damaged": False}),
        (Damaged("restic: a pack is lost", 1), "part 1 of 12 is DAMAGED: restic: a pack", {"outcome": "damaged"}),
        (
            ResticError("restic: locked", LOCKED),
            "part 1 of 12 was not read, the repository is busy",
            {"outcome": "busy"},
        ),
        (
            ResticError("restic: no route", 1),
            "was not read, the repository cannot be reached",
            {"outcome": "unreachable"},
        ),
    ],
)
def test_damaged_busy_and_out_of_reach_are_told_apart(
    error: ResticError | None, said: str, known: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Repository:
        def check(self, _subset: str) -> None:
            if error:
                raise error

    monkeypatch.setattr(check, "repository", lambda *_asked, **_options: Repository())
    monkeypatch.setattr(check, "ensure_installed", lambda: "0.18.0")
    heard: list[str] = []
    spec = make_spec(stack="photo-sync", state_dir=str(tmp_path))
    found = check.check(spec, config.from_dict(GIVEN), heard.append)["first"]
    assert len(heard) == 1 and said in heard[0]
    assert found.items() >= known.items()
    assert bool(found["error"]) is bool(error)
    # What nobody could look at is as good as it was.
    assert found.get("damaged") == {"good": False, "damaged": True}.get(found["outcome"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"check": {"parts": 0}}, "check.parts has to be 1 to 256, not 0"),
        ({"check": {"parts": 257}}, "check.parts has to be 1 to 256, not 257"),
        ({"check": {"every_days": -1}}, "check.every_days has to be 0 to 365, not -1"),
        ({"schedule_spread": -1}, "schedule_spread has to be 0 to 720, not -1"),
        ({"schedule_spread": 721}, "schedule_spread has to be 0 to 720, not 721"),
    ],
)
def test_numbers_that_cannot_be_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(config.PointError, match=said):
        config.from_dict({**GIVEN, **given})


def test_what_is_not_set_is_as_usual() -> None:
    found = config.from_dict({**GIVEN, "check": {"parts": None, "every_days": 3}})
    assert (found.check.parts, found.check.every_days, found.schedule_spread) == (12, 3, 0)


def test_a_fleet_begins_spread_over_the_time_and_each_host_always_at_its_own() -> None:
    offsets = [jobs.offset("photo-sync", f"web{number}", 20) for number in range(1000)]
    assert offsets == [jobs.offset("photo-sync", f"web{number}", 20) for number in range(1000)]
    assert all(0 <= seconds < 20 * 60 for seconds in offsets)
    per_minute = [sum(1 for seconds in offsets if seconds // 60 == minute) for minute in range(20)]
    assert min(per_minute) > 20
    assert max(per_minute) < 90
    assert jobs.offset("photo-sync", "web1", 20) != jobs.offset("other", "web1", 20)
    assert jobs.offset("photo-sync", "web1", 0) == 0
