# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which point somebody means."""

from __future__ import annotations

import datetime
import time
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import choice, listing
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError


def _point(name: str, at: str, **changes: Any) -> dict[str, Any]:
    return {"id": name, "time": at, "complete": True, "host": "web1", "missing": [], "before_restore": None, **changes}


POINTS = [
    _point("20261119T020000Z-aaaa", "2026-11-19T03:00:00+01:00"),
    _point("20261120T020000Z-bbbb", "2026-11-20T03:00:00+01:00"),
    _point("20261121T020000Z-cccc", "2026-11-21T03:00:00+01:00", complete=False, missing=["manifest"]),
    _point("20261122T020000Z-dddd", "2026-11-22T03:00:00+01:00", before_restore="20261119T020000Z-aaaa"),
]


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()


@pytest.mark.parametrize(
    ("wanted", "letter"),
    [
        ("latest", "b"),
        ("20261119", "a"),
        ("20261122T020000Z-dddd", "d"),
        ("2026-11-20 03:00", "b"),
        ("2026-11-20 02:59", "a"),
        ("2026-11-20 02:00+00:00", "b"),
        ("2026-11-20T02:00:00Z", "b"),
        ("2026-11-20 03:00 Europe/Berlin", "b"),
        ("2026-11-20 03:00 UTC", "b"),
        ("2026-11-20 01:59 UTC", "a"),
        ("2026-11-20", "a"),
        ("2027-01-01", "b"),
    ],
)
def test_a_word_a_time_or_the_beginning_of_an_id_means_one_complete_point(wanted: str, letter: str) -> None:
    assert listing.choose(POINTS, wanted, "photo-sync")["id"].endswith(letter * 4)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("2026-11-18", "no restore point is as old as 2026-11-18 00:00:00.01:00; the oldest complete one is 20261119T"),
        ("2026-11-40", "neither a restore point nor a time"),
        ("2026-11-20 03:00 Europe/Nowhere", "knows no time zone Europe/Nowhere"),
        ("2026112", "several restore points begin"),
        ("20261121", "incomplete"),
        ("2025", "no restore point begins"),
    ],
)
def test_what_means_none_or_several_is_refused_with_those_that_there_are(wanted: str, said: str) -> None:
    with pytest.raises(PointError, match=said):
        listing.choose(POINTS, wanted, "photo-sync")


def test_what_was_kept_before_a_restore_is_never_the_latest() -> None:
    assert listing.choose(POINTS[:1] + POINTS[3:], "latest", "photo-sync")["id"] == POINTS[0]["id"]


def test_it_is_said_which_point_was_chosen_and_why() -> None:
    assert choice.explain("latest", POINTS[1]).endswith("made by web1: the latest complete one")
    assert choice.explain("2026-11-20 04:00", POINTS[1]) == (
        "restore point 20261120T020000Z-bbbb of 2026-11-20T03:00:00+01:00, made by web1: the latest complete one that"
        " is not younger than 2026-11-20 04:00:00+01:00"
    )
    assert choice.explain("20261120", POINTS[1]).endswith("made by web1")
    known = {**POINTS[1], "reason": "before\nthe upgrade"}
    assert choice.explain("20261120", known).endswith(r'made by web1 ("before\nthe upgrade")')


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 minutes"), (119, "119 minutes"), (120, "2 hours"), (2879, "47 hours"), (2880, "2 days")],
)
def test_ages_are_said_as_people_say_them(minutes: int, said: str) -> None:
    now = datetime.datetime.fromisoformat(POINTS[0]["time"]) + datetime.timedelta(minutes=minutes)
    assert choice.age(POINTS[0], now) == said
