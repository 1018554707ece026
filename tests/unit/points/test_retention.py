# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which restore points stay."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.points.retention import Dated, select

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def nightly(count: int) -> list[Dated]:
    """One point a night at three, the newest this morning."""
    newest = datetime.datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    return [
        Dated(f"{newest - datetime.timedelta(days=day):%m%d}", newest - datetime.timedelta(days=day))
        for day in range(count)
    ]


@pytest.mark.parametrize(
    ("policy", "kept"),
    [
        ({"keep_last": 2}, ["1122", "1123"]),
        ({"keep_daily": 3}, ["1121", "1122", "1123"]),
        ({"keep_weekly": 3}, ["1115", "1122", "1123"]),
        ({"keep_monthly": 2}, ["1031", "1123"]),
        ({"keep_yearly": 5}, ["1123"]),
        ({"keep_last": 1, "keep_weekly": 2, "keep_monthly": 2}, ["1031", "1122", "1123"]),
        ({"keep_daily": 0}, ["1123"]),
        ({"keep_last": 1000}, [point.id for point in reversed(nightly(60))]),
    ],
)
def test_the_newest_point_of_each_period_stays(policy: dict[str, int], kept: list[str]) -> None:
    assert sorted(select(nightly(60), policy, NOW).keep) == sorted(kept)


def test_every_point_is_either_kept_or_removed_and_the_oldest_goes_first() -> None:
    decision = select(nightly(30), {"keep_daily": 7}, NOW)
    assert len(decision.keep) == 7
    assert decision.remove == [point.id for point in reversed(nightly(30)[7:])]


def test_of_two_points_in_one_day_the_newer_one_counts() -> None:
    morning = Dated("morning", NOW - datetime.timedelta(hours=9))
    noon = Dated("noon", NOW)
    assert select([noon, morning], {"keep_daily": 7}, NOW).remove == ["morning"]


def test_a_policy_of_nothing_still_keeps_the_newest() -> None:
    assert list(select(nightly(3), {}, NOW).keep) == ["1123"]


def test_a_point_dated_in_the_future_is_not_removed_and_does_not_cost_today_its_place() -> None:
    future = Dated("future", NOW + datetime.timedelta(days=400))
    decision = select([*nightly(3), future], {"keep_last": 2}, NOW)
    assert set(decision.keep) == {"future", "1123"}
    assert "dated in the future" in decision.keep["future"]


def test_no_points_is_no_decision() -> None:
    assert select([], {"keep_last": 3}, NOW) == ({}, [])
