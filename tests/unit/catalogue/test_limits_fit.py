# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A smaller host gives less, in proportion, and never less than a service says that it needs."""

import pathlib
from fractions import Fraction

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common.units import parse_size
from ansible_collections.photosync.vps.plugins.module_utils.host.slices import Slice
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import compose_production
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits import (
    MEBIBYTE,
    STEP,
    Need,
    limits_plan,
    shares,
    words,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits_report import limits_report
from ansible_collections.photosync.vps.plugins.plugin_utils.slices import host_limits
from catalogue.stacks import entry_of, resolve, service
from hypothesis import given, settings
from hypothesis import strategies as some

ROOT = pathlib.Path(__file__).resolve().parents[3]
GIBIBYTE = 1024 * MEBIBYTE
# What a host that is sold with so much memory has, less the 512 MiB that it keeps.
ROOM_OF = {4: 3300 * MEBIBYTE, 6: 5300 * MEBIBYTE, 8: 7300 * MEBIBYTE}

always = settings(database=None, derandomize=True, deadline=None, max_examples=120)
sizes = some.integers(min_value=6 * MEBIBYTE, max_value=16 * GIBIBYTE)
rooms = some.integers(min_value=0, max_value=64 * GIBIBYTE)


@some.composite
def needs(draw):
    """Up to twelve services, some of which state no minimum."""
    asked = draw(some.lists(sizes, min_size=1, max_size=12))
    return {
        f"service-{number}": Need(size, draw(some.one_of(some.just(size), some.integers(6 * MEBIBYTE, size))))
        for number, size in enumerate(asked)
    }


def least_of(wanted):
    return sum(need.least for need in wanted.values())


def asked_of(wanted):
    return sum(need.asked for need in wanted.values())


@some.composite
def enough(draw):
    """Services, and a room into which their minimums fit."""
    wanted = draw(needs())
    return wanted, draw(some.integers(least_of(wanted), asked_of(wanted) + GIBIBYTE))


@some.composite
def tight(draw):
    """Services, and a room into which their minimums fit, and all that they ask for does not."""
    wanted = draw(needs().filter(lambda wanted: least_of(wanted) < asked_of(wanted)))
    return wanted, draw(some.integers(least_of(wanted), asked_of(wanted) - 1))


@always
@given(enough())
def test_all_shares_together_fit_where_the_minimums_do(case):
    wanted, room = case
    assert sum(shares(wanted, room).values()) <= room


@always
@given(needs(), rooms)
def test_nobody_gets_less_than_its_minimum_or_more_than_it_asks_for(wanted, room):
    found = shares(wanted, room)
    assert found.keys() == wanted.keys()
    assert all(need.least <= found[name] <= need.asked for name, need in wanted.items())


@always
@given(needs(), some.integers(min_value=1))
def test_where_not_even_the_minimums_fit_everybody_gets_no_more_than_that(wanted, lacking):
    assert shares(wanted, least_of(wanted) - lacking) == {name: need.least for name, need in wanted.items()}


@always
@given(tight())
def test_whoever_is_above_its_minimum_gets_the_same_part_of_what_it_asks_for(case):
    wanted, room = case
    found = shares(wanted, room)
    above = [name for name, need in wanted.items() if need.least < found[name]]
    # A share is rounded down to a mebibyte, so the true part is between these two.
    lowest = max((Fraction(found[name], wanted[name].asked) for name in above), default=Fraction(0))
    highest = min((Fraction(found[name] + MEBIBYTE, wanted[name].asked) for name in above), default=Fraction(1))
    assert lowest <= highest
    # Who is at its minimum would have got less.
    assert all(
        Fraction(need.least, need.asked) >= lowest - Fraction(MEBIBYTE, need.asked)
        for name, need in wanted.items()
        if name not in above
    )


@always
@given(tight())
def test_nothing_is_left_over_but_what_rounding_takes(case):
    wanted, room = case
    assert room - sum(shares(wanted, room).values()) < STEP + len(wanted) * MEBIBYTE


@always
@given(needs(), rooms, rooms)
def test_more_memory_is_less_for_nobody(wanted, room, more):
    less, greater = shares(wanted, min(room, more)), shares(wanted, max(room, more))
    assert all(less[name] <= greater[name] for name in wanted)


@always
@given(enough())
def test_a_plan_that_is_planned_again_stays_what_it_is(case):
    wanted, room = case
    found = shares(wanted, room)
    assert shares({name: Need(found[name], need.least) for name, need in wanted.items()}, room) == found


@always
@given(sizes)
def test_a_size_in_the_words_of_compose_is_that_size(size):
    assert parse_size(words(size)) == size


@pytest.mark.parametrize("spare", [0, 1, 5 * MEBIBYTE])
def test_a_kernel_that_leaves_some_mebibytes_more_changes_nothing(production, spare):
    plan = limits_plan(production, {"cpus": 2}, 5184 * MEBIBYTE, fit=True)
    assert limits_plan(production, {"cpus": 2}, 5184 * MEBIBYTE + spare, fit=True) == plan


def test_photo_sync_fits_a_host_of_four_gigabytes_and_no_service_is_under_its_minimum(production):
    plan = limits_plan(production, {"cpus": 2}, ROOM_OF[4], fit=True)
    assert sum(planned["reservations"]["memory_bytes"] for planned in plan.values()) <= ROOM_OF[4]
    for name, planned in plan.items():
        least = parse_size(entry_of(production, name)["deploy"]["resources"]["minimum"]["memory"])
        assert least <= planned["reservations"]["memory_bytes"] <= planned["limits"]["memory_bytes"], name


def test_a_limit_is_lowered_in_the_same_proportion_as_the_reservation(production):
    plan = limits_plan(production, {"cpus": 4}, ROOM_OF[6], fit=True)
    server = plan["immich-server"]
    assert server["reservations"]["memory_bytes"] < GIBIBYTE
    assert server["limits"]["memory_bytes"] == 2 * server["reservations"]["memory_bytes"]
    assert server["limits"]["memory"] == f"{server['limits']['memory_bytes'] // MEBIBYTE}M"


def test_where_all_fits_everything_stays_in_the_words_of_the_catalogue(production):
    assert limits_plan(production, {"cpus": 4}, ROOM_OF[8], fit=True) == limits_plan(production, {"cpus": 4})


def test_without_fit_a_reservation_stays_as_it_is_however_small_the_host(production):
    plan = limits_plan(production, {"cpus": 4}, ROOM_OF[4])
    assert plan["immich-server"]["reservations"]["memory"] == "1G"


def test_no_limit_is_above_what_all_services_have_together():
    catalogue = resolve(service(deploy={"resources": {"limits": {"memory": "64G"}}}))
    plan = limits_plan(catalogue, {"cpus": 4}, 16 * GIBIBYTE)
    assert plan["feeds"]["limits"] == {"memory": "16384M", "memory_bytes": 16 * GIBIBYTE, "cpus": None, "pids": 1024}


def test_a_service_that_states_no_minimum_is_not_lowered():
    stated = {"limits": {"memory": "1G"}, "reservations": {"memory": "512M"}}
    catalogue = resolve(service(deploy={"resources": stated}))
    resources = compose_production(catalogue, limits_plan(catalogue, {"cpus": 4}, ROOM_OF[4], fit=True))
    found = resources["services"]["feeds"]["deploy"]["resources"]
    assert (found["limits"]["memory"], found["reservations"]["memory"]) == ("1G", "512M")


def test_an_inventory_may_ask_for_less_than_the_minimum_of_an_entry_that_it_changes():
    less = {"name": "immich-machine-learning", "deploy": {"resources": {"reservations": {"memory": "512M"}}}}
    catalogue = resolve(less)
    assert catalogue["problems"] == []
    plan = limits_plan(catalogue, {"cpus": 4}, ROOM_OF[4], fit=True)
    assert plan["immich-machine-learning"]["reservations"]["memory"] == "512M"


def test_the_plan_is_shown_as_a_table_of_what_is_lowered(production):
    host = {"cpus": 1, "memory_bytes": 5812 * MEBIBYTE}
    shown = limits_report(limits_plan(production, host, ROOM_OF[6], fit=True), production, host, ROOM_OF[6])
    assert shown[0] == (
        "photo-sync asks for more than this host has: 5.7 GiB of memory, of which the services have 5.2 GiB, and "
        "1 core. So services get less:"
    )
    assert shown[1].split() == ["SERVICE", "RESERVED", "GETS", "LIMIT", "GETS", "CPUS", "GETS"]
    rows = {line.split()[0]: line.split()[1:] for line in shown[2:]}
    assert rows["immich-server"] == ["1G", "839M", "2G", "1678M", "2", "1"]
    assert rows["web-ui"] == ["64M", "52M", "128M", "104M", "0.5", "0.5"]
    assert rows["together"] == ["6.2", "GiB", "5.1", "GiB"]


def test_the_documents_show_what_a_host_of_four_gigabytes_gets(production):
    host, room = {"cpus": 2, "memory_bytes": 3815 * MEBIBYTE}, 3303 * MEBIBYTE
    shown = limits_report(limits_plan(production, host, room, fit=True), production, host, room)
    assert "\n".join(shown) in (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")


def test_nothing_is_shown_where_every_service_gets_what_it_asks_for(production):
    host = {"cpus": 4, "memory_bytes": 8 * GIBIBYTE}
    assert limits_report(limits_plan(production, host, ROOM_OF[8], fit=True), production, host, ROOM_OF[8]) == []


def test_only_cores_that_are_missing_are_shown_as_such(production):
    host = {"cpus": 1, "memory_bytes": 8 * GIBIBYTE}
    shown = limits_report(limits_plan(production, host, ROOM_OF[8], fit=True), production, host, ROOM_OF[8])
    assert [line.split()[0] for line in shown[2:-1]] == ["dedup-service", "immich-server", "immich-machine-learning"]


def test_what_other_stacks_of_the_host_are_promised_is_not_there(production):
    shared = {"cpus": 4, "memory_bytes": 8 * GIBIBYTE, "others": {"memory_reserved": ROOM_OF[8] - ROOM_OF[4]}}
    alone = limits_plan(production, {"cpus": 4}, ROOM_OF[4], fit=True)
    plan = limits_plan(production, shared, ROOM_OF[8], fit=True)
    assert {name: one["reservations"] for name, one in plan.items()} == {
        name: one["reservations"] for name, one in alone.items()
    }
    assert "that other stacks are promised" in limits_report(plan, production, shared, ROOM_OF[8])[0]


def described(catalogue, reserve="512M", **known):
    """What a host of 8 GiB and some kibibytes says, and what the stack gets of it."""
    host = {"cpus": 4, "memory_bytes": 8 * GIBIBYTE + 5000, "slice": "", "part": {}, **known}
    return host_limits(catalogue, host, reserve, fit=True, tasks_max=4096)


def test_what_the_host_keeps_is_left_to_it_in_whole_mebibytes(production):
    found = described(production)
    assert found["memory_max"] == 7680 * MEBIBYTE and found["tasks_max"] == 4096
    assert described(production, 512 * MEBIBYTE)["memory_max"] == 7680 * MEBIBYTE
    assert found["plan"] == limits_plan(production, {"cpus": 4}, 7680 * MEBIBYTE, fit=True) and found["report"] == []
    assert described(production, "4G")["report"][0].startswith("photo-sync asks for more than this host has: 8.0 GiB")


def test_other_stacks_are_told_what_this_one_takes(production, development):
    part = described(production)["part"]
    assert part["memory_reserved"] == sum(
        one["reservations"]["memory_bytes"] or 0 for one in described(production)["plan"].values()
    )
    assert part["memory_max"] == 7680 * MEBIBYTE and len(part["ports"]) == 3
    found = described(development)
    assert (found["memory_max"], found["tasks_max"], found["plan"]) == (None, None, {})
    assert found["part"]["memory_max"] == found["part"]["memory_reserved"] == 0


def test_nothing_is_written_where_the_host_has_it_already(production):
    found = described(production)
    assert (found["written"], found["recorded"]) == (False, False)
    text = Slice(production["stack"]["slice"], found["memory_max"], 4096).text()
    again = described(production, slice=text, part={**found["part"], "packages": ["jq"]})
    assert (again["written"], again["recorded"]) == (True, True)
    assert not described(production, slice=text, part={**found["part"], "memory_max": 1})["recorded"]
