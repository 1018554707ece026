# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which restore points stay."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.retention import RESTORED, RULES, Dated, select
from hypothesis import given
from hypothesis import strategies as st

UTC = datetime.UTC
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


def test_a_point_dated_in_the_future_is_not_removed_and_takes_no_place_of_a_good_one() -> None:
    future = Dated("future", NOW + datetime.timedelta(days=400))
    decision = select([*nightly(3), future], {"keep_last": 2}, NOW)
    assert decision.keep == {"future": ["dated in the future"], "1123": ["newest", "keep_last"], "1122": ["keep_last"]}


def safety(name: str, days: float, restored: str) -> Dated:
    """What was kept before ``restored`` was restored, so many days ago."""
    return Dated(name, NOW - datetime.timedelta(days=days), before_restore=restored)


def test_three_restores_on_one_day_cost_no_good_point_its_place() -> None:
    kept = [safety(f"s{number}", 0.01 * number, "1123") for number in range(3)]
    decision = select([*nightly(10), *kept], {"keep_last": 3}, NOW)
    assert set(decision.keep) == {"1123", "1122", "1121", "s0", "s1", "s2"}


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        ([1, 2, 3, 4, 13.9], 5),
        ([1, 2, 3, 4, 14], 5),
        ([1, 2, 3, 4, 14.1], 4),
        ([15, 16, 17, 18], 3),
        ([1, 300, 500, 900], 3),
        ([900], 1),
    ],
)
def test_what_was_kept_before_a_restore_stays_two_weeks_and_the_last_three_of_it_at_least(
    days: list[float], kept: int
) -> None:
    points = [*nightly(1), *(safety(f"s{number}", age, "gone") for number, age in enumerate(days))]
    decision = select(points, {"keep_last": 1}, NOW)
    assert set(decision.keep) == {"1123", *(f"s{number}" for number in range(kept))}


def test_the_point_that_was_restored_stays_as_long_as_what_was_there_before() -> None:
    old = nightly(40)[30]
    decision = select([*nightly(40), safety("s0", 5, old.id)], {"keep_last": 1}, NOW)
    assert decision.keep[old.id] == [RESTORED]
    # A restore that was taken back: what it restored was kept before another one.
    chain = [safety("s1", 500, old.id), *(safety(f"s{number}", number, "s1") for number in (2, 3, 4))]
    assert {old.id, "s1"} <= set(select([*nightly(40), *chain], {"keep_last": 1}, NOW).keep)
    gone = [safety("s1", 500, old.id), *(safety(f"s{number}", number, "x") for number in (2, 3, 4))]
    assert select([*nightly(31), *gone], {"keep_last": 1}, NOW).remove[:2] == ["s1", old.id]


def test_a_suspect_point_stays_and_stands_for_no_day() -> None:
    suspect = Dated("suspect", NOW, suspect=True)
    decision = select([*nightly(3), suspect], {"keep_daily": 1}, NOW)
    assert decision.keep == {"1123": ["newest", "keep_daily"], "suspect": ["suspect"]}


KINDS = st.sampled_from(["good", "good", "good", "suspect", "safety", "future"])
POLICIES = st.fixed_dictionaries(
    {}, optional={rule: st.integers(0, 4) for rule in ("keep_last", *(rule for rule, _period in RULES))}
)


@st.composite
def mixtures(draw: st.DrawFn) -> list[Dated]:
    """Points of every kind in any order; those kept before a restore name any other, or one that is gone."""
    minutes = draw(st.lists(st.integers(1, 60 * 24 * 900), max_size=40, unique=True))
    names = [f"p{number}" for number in range(len(minutes))]
    found = []
    for name, past in dict(zip(names, minutes, strict=True)).items():
        kind = draw(KINDS)
        time = NOW + datetime.timedelta(minutes=past if kind == "future" else -past)
        restored = draw(st.sampled_from([*names, "gone"])) if kind == "safety" else ""
        found.append(Dated(name, time, restored, suspect=kind == "suspect"))
    return found


@given(points=mixtures(), policy=POLICIES)
def test_good_points_are_kept_as_if_there_were_no_others(points: list[Dated], policy: dict[str, int]) -> None:
    decision = select(points, policy, NOW)
    good = [point for point in points if point.time <= NOW and not point.suspect and not point.before_restore]
    alone = select(good, policy, NOW).keep
    for name, rules in alone.items():
        assert [rule for rule in decision.keep[name] if rule != RESTORED] == rules
    beside = {name for name in {point.id for point in good} & set(decision.keep) if name not in alone}
    assert beside <= {point.before_restore for point in points if point.id in decision.keep}
    assert not good or max(good, key=lambda point: (point.time, point.id)).id in decision.keep
    assert {point.id for point in points if point.suspect or point.time > NOW} <= set(decision.keep)
    assert sorted([*decision.keep, *decision.remove]) == sorted(point.id for point in points)


@given(points=mixtures(), policy=POLICIES)
def test_what_is_kept_is_kept_again_when_the_rest_is_gone(points: list[Dated], policy: dict[str, int]) -> None:
    """Otherwise a copy would be filled and pruned in turn, every night."""
    kept = select(points, policy, NOW).keep
    assert select([point for point in points if point.id in kept], policy, NOW).remove == []


def test_no_points_is_no_decision() -> None:
    assert select([], {"keep_last": 3}, NOW) == ({}, [])
