# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the controller knows better: the time, and where a name leads."""

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.clock import certain_offset, clock_problems
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.names import Found, LookUp, name_notes

HERE = ["203.0.113.7", "2001:db8::7", "10.0.0.7", "fe80::7"]


@pytest.mark.parametrize(
    ("host_began", "host_ended", "offset"),
    [
        # Asked at 1000, answered at 1030: SSH took its time, wherever it did so.
        (1000, 1000, 0),
        (1030, 1030, 0),
        (1001, 1029, 0),
        (1090, 1091, 61),
        (930, 931, -70),
        (1000 - 7200, 1001 - 7200, -7200),
    ],
)
def test_a_slow_connection_is_not_mistaken_for_a_wrong_clock(host_began, host_ended, offset):
    assert certain_offset(1000, 1030, host_began, host_ended) == offset


@pytest.mark.parametrize(
    ("offset", "said"),
    [(61, "1 min 1 s ahead of"), (-7500, "2 h 5 min behind"), (3 * 86400 + 1, "3 d 1 s ahead of")],
)
def test_a_clock_that_is_far_off_is_a_problem_with_how_far(offset, said):
    (problem,) = clock_problems(offset, 60, {})
    assert problem["setting"] == "preflight_clock_tolerance"
    assert said in problem["message"]
    assert "apt-get install systemd-timesyncd" in problem["fix"]


def test_a_time_service_that_is_there_is_named_instead_of_another():
    (problem,) = clock_problems(-90, 60, {"chrony": "4.6"})
    assert "chrony" in problem["fix"] and "timesyncd" not in problem["fix"]


@pytest.mark.parametrize(("offset", "tolerance"), [(60, 60), (-60, 60), (0, 60), (99999, 0)])
def test_within_its_tolerance_a_clock_is_right(offset, tolerance):
    assert list(clock_problems(offset, tolerance, {})) == []


def notes(*addresses, own=tuple(HERE), error=""):
    """Return what is said of a name that leads to these addresses."""
    return list(name_notes("photos.test", Found(frozenset(addresses), error), list(own)))


@pytest.mark.parametrize(
    ("addresses", "own"),
    [
        ([], HERE),
        (["203.0.113.7"], HERE),
        (["203.0.113.7", "2001:db8::7"], HERE),
        (["2001:db8::7"], HERE),
        (["198.51.100.1"], ["192.168.1.5"]),
        (["198.51.100.1"], ["10.0.0.7", "198.51.100.1"]),
    ],
    ids=["nothing", "IPv4", "both", "IPv6", "behind a router", "as the controller reaches it"],
)
def test_a_name_that_leads_to_the_host_or_may_do_so_is_no_news(addresses, own):
    assert notes(*addresses, own=own) == []


@pytest.mark.parametrize(
    ("addresses", "more", "said"),
    [
        (["198.51.100.1", "2001:db8::7"], {}, ["leads to 198.51.100.1, which is not the host (203.0.113.7)"]),
        (
            ["203.0.113.7", "2001:db8::bad"],
            {},
            ["AAAA record of photos.test leads to 2001:db8::bad", "(2001:db8::7)", "remove the AAAA record"],
        ),
        (["203.0.113.7", "2001:db8::7"], {"own": ["203.0.113.7"]}, ["which has no public IPv6 address"]),
        ([], {"error": "unknown name"}, ["does not resolve (unknown name)", "(2001:db8::7 and 203.0.113.7)"]),
    ],
    ids=["the old machine", "IPv6 elsewhere", "IPv6 of a host that has none", "not in DNS"],
)
def test_a_name_that_leads_elsewhere_is_noted_with_where_it_is_to_lead(addresses, more, said):
    (note,) = notes(*addresses, **more)
    assert note["setting"] == "stack_domain"
    assert [words for words in said if words not in note["message"] + note["fix"]] == []


def test_names_and_addresses_are_looked_up():
    look_up = LookUp(["192.0.2.7", "nowhere.invalid", "x" * 64 + ".test"])
    assert look_up.result("192.0.2.7", 5).addresses == {"192.0.2.7"}
    assert look_up.result("nowhere.invalid", 5).error
    assert look_up.result("x" * 64 + ".test", 5) == Found()
    assert look_up.result("never asked", 5) == Found()
