# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever somebody lays into a repository stops nothing: it is left alone, and named."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import fence, foreign, listing, prune
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from hypothesis import given
from hypothesis import strategies as st
from support.specs import make_spec

POINT = "point=20261123T030000Z-3f9a"
STRANGE = "0123456789abcdef"
# What a snapshot of another point has, before it is spoilt.
SOUND = {
    "id": STRANGE * 4,
    "tree": "9" * 64,
    "hostname": "web1",
    "time": "2026-11-24T03:00:00Z",
    "tags": ["stack=photo-sync", "point=20261124T030000Z-aaaa", "part=files"],
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tags": ["stack=photo-sync", "point=zzz", "part=files"]}, "'zzz' is not the ID of a restore point"),
        ({"tags": ["stack=photo-sync", "point=20269999T030000Z-aaaa", "part=files"]}, "is not the ID"),
        ({"tags": ["stack=photo-sync", POINT, "point=20261124T030000Z-aaaa", "part=files"]}, "or of several"),
        ({"tags": ["stack=photo-sync", POINT]}, "which part of it it is"),
        ({"tags": ["stack=photo-sync"]}, "of no point"),
        ({"tags": ["stack=photo-sync", "stack=other", POINT, "part=manifest"]}, "or that of several"),
        ({"tags": None}, "no tag of a stack"),
        ({"tags": "stack=photo-sync"}, "no tag of a stack"),
        ({"tags": [7, "stack=photo-sync"]}, "of no point"),
        ({"tree": None}, "no content"),
        ({"tree": "../x"}, "no content"),
        ({"hostname": None}, "names no host"),
    ],
)
def test_a_snapshot_that_is_not_as_we_make_them_is_no_part_of_a_point_and_is_named_once(
    changes: dict[str, Any], said: str, snapshots: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "_told", set())
    strange = {**SOUND, **changes}
    (point,) = listing.points_of([strange, *snapshots])
    assert (point["id"], point["complete"]) == ("20261123T030000Z-3f9a", True)
    assert strange["id"] not in point["snapshots"]
    heard: list[str] = []
    for _look in range(2):
        foreign.tell([strange, *snapshots], heard.append)
    assert len(heard) == 1
    assert heard[0].startswith("snapshot 01234567 is left alone: ") and said in heard[0]


@pytest.mark.parametrize("field", ["tree", "hostname", "tags", "time", "summary"])
def test_what_a_snapshot_lacks_is_no_reason_to_fail(field: str, snapshots: list[dict[str, Any]]) -> None:
    strange = {name: value for name, value in SOUND.items() if name != field}
    assert "20261123T030000Z-3f9a" in [point["id"] for point in listing.points_of([strange, *snapshots])]


WORDS = st.text("az09=-/.", max_size=8)
ODD = st.one_of(st.none(), st.integers(), WORDS, st.lists(WORDS, max_size=2))


@given(changes=st.dictionaries(st.sampled_from(["tree", "hostname", "tags", "time", "summary", "paths"]), ODD))
def test_no_snapshot_makes_listing_or_the_choice_of_what_to_remove_fail(changes: dict[str, Any]) -> None:
    strange = {**SOUND, **changes}
    points = listing.points_of([strange])
    foreign.odd([strange])
    fence.owner([{**strange, "tags": ["part=owner", "owner=x"]}, strange])
    settings = Settings("/r", "/p", "web1", retention={"keep_last": 1})
    chosen = prune.choose(points, settings, datetime.datetime.now().astimezone())
    assert chosen <= {point["id"] for point in points}


def test_of_two_manifests_that_differ_none_is_believed_and_both_are_named(snapshots: list[dict[str, Any]]) -> None:
    forged = {**snapshots[-1], "id": "e" * 64, "tree": "5" * 64}
    (point,) = listing.points_of([*snapshots, forged])
    assert (point["complete"], point["missing"]) == (False, ["one manifest: it has 2 that differ"])
    said = foreign.odd([*snapshots, forged])
    assert said == {
        "dddddddd and eeeeeeee": "each says that it is the manifest of 20261123T030000Z-3f9a;"
        " `restic forget` the one that is wrong"
    }
    with pytest.raises(PointError, match="it has 2 that differ"):
        listing.choose([point], point["id"], "photo-sync")
    # The same one copied twice is no contradiction.
    assert listing.points_of([*snapshots, {**snapshots[-1], "id": "e" * 64}])[0]["complete"]


def test_a_manifest_that_names_no_parts_makes_no_point(snapshots: list[dict[str, Any]]) -> None:
    bare = {**snapshots[-1], "tags": [tag for tag in snapshots[-1]["tags"] if not tag.startswith("tree=")]}
    assert listing.points_of([bare])[0]["missing"] == ["list of its parts"]


def test_a_point_whose_manifest_is_not_understood_is_no_leftover(snapshots: list[dict[str, Any]]) -> None:
    snapshots[-1]["hostname"] = None
    (point,) = listing.points_of(snapshots)
    assert (point["manifest"], point["odd"]) == (None, ["dddddddd"])
    settings = Settings("/r", "/p", "web1", retention={"keep_last": 1})
    assert prune.choose([point], settings, datetime.datetime.now().astimezone()) == set()


def test_the_mark_of_a_host_is_no_foreign_snapshot() -> None:
    assert foreign.odd([{**SOUND, "tags": ["stack=photo-sync", "part=owner", "owner=x"]}]) == {}


def mark(name: str, time: Any) -> dict[str, Any]:
    return {**SOUND, "time": time, "hostname": name, "tags": ["stack=s", "part=owner", f"owner={name}"]}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-11-24T04:30:00.5+01:00", "2026-11-24T04:00:00.123456789Z"),
        ("2026-11-23T23:59:00-00:30", "2026-11-24T00:31:00Z"),
        ("2026-11-24T03:00:00.1Z", "2026-11-24T03:00:00.123456789Z"),
        ("yesterday", "2026-11-24T03:00:00Z"),
        (None, "2026-11-24T03:00:00Z"),
    ],
)
def test_the_host_that_took_over_last_is_the_owner_whatever_the_zones_of_both(earlier: Any, later: str) -> None:
    for marks in ([mark("old", earlier), mark("new", later)], [mark("new", later), mark("old", earlier)]):
        found = fence.owner(marks)
        assert found is not None and (found["id"], found["host"]) == ("new", "new")


class Marked:
    """A repository with the mark of another host, on which time goes as restic says."""

    def __init__(self, time: str):
        self.marks = [mark("old", time)]

    def snapshots(self, _tags: list[str]) -> list[dict[str, Any]]:
        return self.marks

    def backup_text(
        self, _text: str, _name: str, tags: list[str], host: str, at: datetime.datetime | None = None
    ) -> None:
        made = (at or datetime.datetime.now().astimezone()).replace(microsecond=0)
        self.marks.append({**SOUND, "time": made.isoformat(), "hostname": host, "tags": tags})


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00Z", "2926-01-01T00:00:00.9+02:00"])
def test_a_host_takes_over_from_one_whose_clock_was_ahead_too(time: str, tmp_path: Path) -> None:
    repository, spec = Marked(time), make_spec(stack="photo-sync", state_dir=str(tmp_path))
    assert (fence.take_over(repository, spec, Settings("/r", "/p", "web1")) or {})["id"] == "old"
    assert (fence.owner(repository.marks) or {})["id"] == fence.identity(spec)
    fence.refuse(repository.marks, spec)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"tags": ["point=20261123T030000Z-3f9a", "part=files"]}, "it has no tag of a stack"),
        ({"tags": ["stack=a", "point=20261123T030000Z-3f9a"]}, "it says of no point"),
        ({"tags": ["stack=a", "point=yesterday", "part=files"]}, "'yesterday' is not the ID of a restore point"),
        ({"hostname": None}, "it names no host"),
        ({"tree": "x"}, "it has no content"),
    ],
)
def test_why_a_snapshot_is_no_part_of_a_point_is_said(changes: dict[str, Any], why: str) -> None:
    tags = ["stack=a", "point=20261123T030000Z-3f9a", "part=files"]
    said = foreign.why_odd({"tags": tags, "hostname": "web1", "tree": "a" * 64, **changes})
    assert said.startswith(why) and bool(said) is bool(why)
