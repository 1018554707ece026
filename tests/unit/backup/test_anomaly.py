# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A point whose data has collapsed is not taken for a good one."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import (
    accept,
    anomaly,
    baseline,
    choice,
    config,
    leftout,
    listing,
    prune,
)
from ansible_collections.photosync.vps.plugins.module_utils.cli import points as cli

LIMITS = anomaly.Thresholds()


@pytest.fixture
def before(manifest: dict[str, Any]) -> dict[str, Any]:
    """A point with 100 rows in one table, one row in another, and 40 files."""
    manifest["databases"][0]["tables"] = {"public.asset": {"rows": 100}, "public.version": {"rows": 1}}
    manifest["volumes"][0].update(files=40, bytes=4000)
    return manifest


def judged(before: dict[str, Any], limits: anomaly.Thresholds = LIMITS, **now: Any) -> list[str]:
    """The reasons against a point that is like ``before`` but for ``assets`` rows, ``files`` and ``bytes``."""
    later = copy.deepcopy(before)
    tables = later["databases"][0]["tables"]
    if "assets" in now:
        tables["public.asset"]["rows"] = now.pop("assets")
    for gone in now.pop("gone", []):
        del tables[gone]
    later["volumes"][0].update(now)
    return anomaly.reasons(before, later, limits)


@pytest.mark.parametrize(
    ("now", "suspect"),
    [
        ({}, False),
        ({"assets": 50}, False),
        ({"assets": 49}, True),
        ({"assets": 0}, True),
        ({"assets": 100_000}, False),
        ({"files": 20, "bytes": 2000}, False),
        ({"files": 19}, True),
        ({"bytes": 1999}, True),
        ({"files": 0, "bytes": 0}, True),
        ({"gone": ["public.asset"]}, True),
        ({"gone": ["public.version"]}, True),
    ],
)
def test_more_than_half_of_at_least_twenty_gone_or_a_whole_table_is_a_collapse(
    before: dict[str, Any], now: dict[str, Any], suspect: bool
) -> None:
    assert bool(judged(before, **now)) is suspect


def test_small_tables_and_volumes_may_lose_all_they_have(before: dict[str, Any]) -> None:
    before["databases"][0]["tables"]["public.asset"]["rows"] = 19
    before["volumes"][0]["files"] = 19
    assert judged(before, assets=0, files=0, bytes=0) == []


def test_an_empty_table_that_is_gone_is_no_loss(before: dict[str, Any]) -> None:
    before["databases"][0]["tables"]["public.version"]["rows"] = 0
    assert judged(before, gone=["public.version"]) == []


def test_a_database_or_volume_that_the_stack_no_longer_has_is_no_collapse(before: dict[str, Any]) -> None:
    later = copy.deepcopy(before)
    later["databases"].pop(0)
    later["volumes"].pop(0)
    assert anomaly.reasons(before, later, LIMITS) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ["database custom-postgres/grouping with 101 rows is not in this point"]),
        ({"declared": True}, []),
        ({"service": "old-postgres"}, []),
        ({"tables": {"public.asset": {"rows": 0}}}, []),
    ],
)
def test_a_database_that_nobody_declared_and_that_is_gone_while_its_server_is_saved_is_a_collapse(
    before: dict[str, Any], changed: dict[str, Any], said: list[str]
) -> None:
    before["databases"][0].update({"declared": False, **changed})
    later = copy.deepcopy(before)
    later["databases"].pop(0)
    assert anomaly.reasons(before, later, LIMITS) == said
    later.update(databases=[], roles=[{"service": "custom-postgres", "names": []}])
    assert anomaly.reasons(before, later, LIMITS) == said, "its server may hold nothing else"
    assert anomaly.reasons(before, {**later, "roles": []}, LIMITS) == []
    ignored = anomaly.thresholds({"ignore": ["custom-postgres/grouping/*"]})
    assert anomaly.reasons(before, later, ignored) == []


def test_the_reason_names_what_was_lost_and_how_much(before: dict[str, Any]) -> None:
    assert judged(before, assets=3, files=1, gone=["public.version"]) == [
        "database custom-postgres/grouping: table public.asset had 100 rows and has 3",
        "database custom-postgres/grouping: table public.version with 1 rows is gone",
        "volume uploads had 40 files and has 1",
    ]


def test_limits_can_be_set_and_what_is_emptied_by_design_left_out(before: dict[str, Any]) -> None:
    limits = anomaly.thresholds({"loss_percent": 90, "least": None, "ignore": ["uploads", "custom-*/*/public.ver*"]})
    assert judged(before, limits, assets=10, files=0, bytes=0, gone=["public.version"]) == []
    assert judged(before, limits, assets=9)


@pytest.mark.parametrize("given", [{"loss_percent": 100}, {"loss_percent": 0}, {"least": 0}, {"at_least": 3}])
def test_limits_that_cannot_be_are_refused_with_the_settings_name(given: dict[str, Any]) -> None:
    with pytest.raises(config.PointError, match="suspect: "):
        config.from_dict({"repository": "/r", "password_file": "/p", "host": "web1", "suspect": given})


def test_the_mark_in_the_repository_says_why_and_has_no_comma_that_would_cut_it() -> None:
    found = [f"table {number}, with a comma" for number in range(7)]
    tags = anomaly.tags(found)
    assert tags[0] == "suspect=table 0; with a comma"
    assert tags[-1] == "suspect=and 2 more"
    assert not any("," in tag for tag in tags)
    assert anomaly.tags([]) == []


def marked(snapshots: list[dict[str, Any]], *more: str) -> list[dict[str, Any]]:
    """The snapshots of a point with further tags on its manifest."""
    *parts, kept = snapshots
    return [*parts, {**kept, "tags": [*kept["tags"], *more]}]


def test_every_host_that_lists_the_repository_sees_what_a_point_leaves_out(snapshots: list[dict[str, Any]]) -> None:
    left_out = [
        {"what": "database d/closed", "why": "lets nobody connect,\nso far"},
        {"what": "/srv", "why": "a folder"},
    ]
    (point,) = listing.points_of(marked(snapshots, *leftout.tags(left_out)))
    assert point["left_out"] == ["database d/closed (lets nobody connect; so far)", "/srv (a folder)"]
    broken_off = {**point, "id": "20261124T030000Z-0000", "complete": False, "left_out": []}
    said = cli.left_out([point, broken_off])
    assert said == f"{point['id']}: left out: database d/closed (lets nobody connect; so far); /srv (a folder)"
    (point,) = listing.points_of(snapshots)
    assert (point["left_out"], cli.left_out([point])) == ([], f"{point['id']}: nothing is left out")
    assert cli.left_out([broken_off]) == "no point is complete"


def accepted(snapshots: list[dict[str, Any]]) -> dict[str, Any]:
    tags = [*snapshots[0]["tags"][:2], "part=accepted"]
    return {"id": "e" * 64, "tree": "9" * 64, "hostname": "web1", "tags": tags, "summary": {"total_bytes_processed": 9}}


def test_every_host_that_lists_the_repository_sees_the_mark_until_a_person_clears_it(
    snapshots: list[dict[str, Any]],
) -> None:
    listed = marked(snapshots, "suspect=volume uploads had 40 files and has 1")
    (point,) = listing.points_of(listed)
    assert (point["complete"], point["suspect"]) == (True, ["volume uploads had 40 files and has 1"])
    assert "SUSPECT: volume uploads had 40 files and has 1" in cli.render([point])
    (point,) = listing.points_of([*listed, accepted(snapshots)])
    assert (point["complete"], point["suspect"], point["databases"], point["bytes"]) == (True, [], 2, 300)
    assert "e" * 64 in point["snapshots"]
    assert "complete, accepted by a person" in cli.render([point])


def point(day: int, suspect: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "id": f"202611{day:02}T030000Z-aaaa",
        "time": f"2026-11-{day:02}T03:00:00+00:00",
        "host": "web1",
        "complete": True,
        "manifest": "m",
        "suspect": ["volume uploads had 40 files and has 1"] if suspect else [],
        **more,
    }


def test_a_suspect_point_is_meant_by_its_id_alone_and_then_said_to_be_suspect() -> None:
    points = [point(20), point(21, suspect=True)]
    assert listing.choose(points, "latest", "photo-sync") is points[0]
    assert listing.choose(points, "2026-11-23", "photo-sync") is points[0]
    assert listing.choose(points, "20261121", "photo-sync") is points[1]
    assert "SUSPECT: volume uploads had 40 files" in choice.explain("20261121", points[1])
    with pytest.raises(config.PointError, match="every complete restore point is suspect"):
        listing.choose(points[1:], "latest", "photo-sync")


def test_it_is_said_which_younger_points_were_passed_over() -> None:
    points = [point(20), point(21, suspect=True), point(22, suspect=True, before_restore="x"), point(23, suspect=True)]
    assert choice.passed_over(points, "latest", points[0]) == [point(21)["id"], point(23)["id"]]
    assert choice.passed_over(points, "2026-11-22", points[0]) == [point(21)["id"]]
    assert choice.passed_over(points, "20261120", points[0]) == []
    said = choice.explain("latest", {**points[0], "passed_over": [point(21)["id"]]})
    assert said.endswith(f"younger ones are SUSPECT and have to be asked for by their IDs: {point(21)['id']}")


def test_retention_neither_removes_a_suspect_point_nor_lets_it_cost_a_good_one() -> None:
    now = datetime.datetime(2026, 11, 24, tzinfo=datetime.UTC)
    kept = config.Settings("/r", "/p", "web1", retention={"keep_last": 2, "keep_daily": 2})
    points = [point(18), point(19), point(20)] + [point(day, suspect=True) for day in (17, 21, 22, 23)]
    assert prune.choose(points, kept, now) == {point(18)["id"]}
    trusted = [{**one, "suspect": []} for one in points]
    assert point(20)["id"] in prune.choose(trusted, kept, now), (
        "otherwise the suspect ones were kept for another reason"
    )


@pytest.mark.parametrize(
    ("points", "restored", "compared"),
    [
        ([], None, None),
        ([point(20), point(21)], None, 21),
        ([point(20), point(21, suspect=True), point(22, before_restore="x")], None, 20),
        ([point(20), point(21)], (20, 23), 20),
        ([point(20), point(21)], (20, 20), 21),
        ([point(20, suspect=True)], (20, 23), 20),
        ([point(21)], (20, 23), 21),
    ],
)
def test_a_point_is_compared_with_the_last_good_one_or_with_what_was_restored_since(
    points: list[dict[str, Any]], restored: tuple[int, int] | None, compared: int | None
) -> None:
    noted = {"point": point(restored[0])["id"], "at": point(restored[1])["time"]} if restored else None
    found = baseline.before(points, noted)
    assert (found and found["id"]) == (compared and point(compared)["id"])


def test_a_decision_is_about_suspect_points_by_their_whole_ids_alone() -> None:
    points = [point(20), point(21, suspect=True)]
    assert accept.suspects(points, [point(20)["id"]]) == []
    assert accept.suspects(points, ["20261121"]) == []
    assert accept.suspects(points, [point(21)["id"]]) == points[1:]
