# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host cannot give to all its stacks is refused before it changes, and names the other stack."""

from dataclasses import replace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.host.engine import Engine
from ansible_collections.photosync.vps.plugins.module_utils.host.parts import Part
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Listener, Port
from ansible_collections.photosync.vps.plugins.module_utils.preflight.checks import notes_of, problems_of
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import GIBIBYTE, Host, Request

TRIXIE = {"id": "debian", "version": "13", "name": "Debian GNU/Linux 13 (trixie)"}
REQUEST = Request(
    stack="photos",
    ports=(Port("caddy", 443),),
    reservations={"server": 2 * GIBIBYTE, "caddy": GIBIBYTE},
    memory_reserve=GIBIBYTE,
    host_settings={"docker_version": "28.5"},
    daemon_options={"mtu": 1400},
)


def feeds(**part):
    """A host of 8 GiB with the stack feeds."""
    return Host(distribution=TRIXIE, memory_bytes=8 * GIBIBYTE, others=[Part("feeds", **part)])


def only(found):
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"settings": {"docker_version": "28.5"}, "daemon_options": {"mtu": 1400, "debug": True}},
        {"settings": {"docker_version": ""}, "packages": ["jq"]},
        {"ports": [Port("reader", 8080), Port("dns", 443, "udp")]},
        {"memory_reserved": 4 * GIBIBYTE, "memory_max": GIBIBYTE},
    ],
)
def test_a_stack_that_wants_nothing_else_is_in_nobodys_way(part):
    assert problems_of(REQUEST, feeds(**part)) == []
    assert notes_of(REQUEST, feeds(**part)) == []


@pytest.mark.parametrize(
    ("part", "setting", "said"),
    [
        ({"settings": {"docker_version": "29"}}, "docker_version", '"29" for feeds and "28.5" for photos'),
        ({"daemon_options": {"mtu": 1500}}, "docker_daemon_options", "mtu is to be 1500 for feeds and 1400 for photos"),
        ({"ports": [Port("reader", 443, address="::1")]}, "ports", "port 443/tcp belongs to stack feeds on this host"),
    ],
)
def test_what_another_stack_has_is_refused_by_its_name(part, setting, said):
    problem = only(problems_of(REQUEST, feeds(**part)))
    assert problem["setting"] == setting
    assert said in problem["message"]
    assert "/var/lib" not in problem["fix"]
    # What may be no more says how to be rid of it.
    left = only(problems_of(REQUEST, replace(feeds(**part), gone=["feeds"])))
    assert "if feeds is gone for good, remove /var/lib/photosync/stacks/feeds.json" in left["fix"]


def test_a_port_of_another_stack_that_runs_is_told_once():
    held = Listener(443, "tcp", "0.0.0.0", container="feeds-caddy-1", project="feeds")
    host = replace(feeds(ports=[Port("caddy", 443)]), engine=Engine(published=(held,)), listeners=(held,))
    assert only(problems_of(REQUEST, host))["service"] == "caddy"


def test_what_others_want_differently_is_no_problem_of_this_stack():
    host = replace(feeds(), others=[Part("feeds", daemon_options={"x": 1}), Part("wiki", daemon_options={"x": 2})])
    assert problems_of(REQUEST, host) == []


def test_a_play_that_leaves_the_engine_alone_stands_by_what_was_said():
    told = replace(feeds(daemon_options={"mtu": 1500}), part=Part("photos", daemon_options={"mtu": 1400}))
    assert problems_of(replace(REQUEST, daemon_options=None), feeds(daemon_options={"mtu": 1500})) == []
    assert only(problems_of(replace(REQUEST, daemon_options=None), told))["setting"] == "docker_daemon_options"


def test_memory_that_other_stacks_are_promised_is_not_there():
    problem = only(problems_of(REQUEST, feeds(memory_reserved=5 * GIBIBYTE)))
    assert (problem["setting"], problem["service"]) == ("deploy.resources.reservations.memory", "server, caddy")
    headline, *table = problem["message"].splitlines()
    assert headline.endswith("has 8.0 GiB and keeps 1.0 GiB for itself and promises other stacks 5.0 GiB:")
    assert table == [
        "  SERVICE      RESERVES",
        "  stack feeds   5.0 GiB",
        "  server        2.0 GiB",
        "  caddy         1.0 GiB",
        "  together      8.0 GiB",
    ]


def test_where_reservations_are_lowered_the_least_of_them_has_to_fit_beside_the_other_stack():
    request = replace(REQUEST, minimums={"server": GIBIBYTE, "caddy": GIBIBYTE})
    assert problems_of(request, feeds(memory_reserved=5 * GIBIBYTE)) == []
    assert problems_of(replace(REQUEST, reservations={}), feeds(memory_reserved=9 * GIBIBYTE)) == []
    message = only(problems_of(request, feeds(memory_reserved=6 * GIBIBYTE)))["message"]
    assert "stack feeds   6.0 GiB       6.0 GiB" in message


def test_slices_that_may_take_more_than_the_host_are_told_with_each_share():
    note = only(notes_of(REQUEST, feeds(memory_max=7 * GIBIBYTE)))
    assert note["setting"] == "resource_limits_host_reserve"
    assert note["message"].endswith("more memory than its 8.0 GiB: feeds 7.0 GiB, photos 7.0 GiB")
    assert notes_of(replace(REQUEST, reservations={}), feeds(memory_max=7 * GIBIBYTE)) == []


def test_a_stack_that_is_gone_and_still_has_a_part_is_told():
    note = only(notes_of(REQUEST, replace(feeds(), gone=["feeds"])))
    assert "stack feeds has no /opt/feeds on this host" in note["message"]
    assert "remove /var/lib/photosync/stacks/feeds.json" in note["fix"]
