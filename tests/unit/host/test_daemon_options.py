# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What daemon.json holds after the owner, this collection and the inventory have had their say."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.host import daemon, daemon_control
from ansible_collections.photosync.vps.plugins.module_utils.host.daemon import (
    NOTHING,
    RELOAD,
    RESTART,
    Running,
    merge,
    needed,
)
from ansible_collections.photosync.vps.plugins.module_utils.host.parts import Part

SYSTEMD = "native.cgroupdriver=systemd"
DEFAULTS = {
    "exec-opts": [SYSTEMD],
    "live-restore": True,
    "log-driver": "json-file",
    "log-opts": {"max-size": "10m", "max-file": "3"},
}
RUNNING = Running(
    version="28.5.1", containers=2, cgroup_driver="systemd", logging_driver="json-file", live_restore=True
)


def test_a_host_without_a_file_gets_the_defaults_all_of_them_are_recorded_and_a_second_run_changes_nothing():
    assert merge({}, {}, DEFAULTS, {}) == (DEFAULTS, DEFAULTS)
    merged, ours = merge({"debug": True, "exec-opts": ["native.x=1"]}, {}, DEFAULTS, {"mtu": 1400})
    assert merge(merged, ours, DEFAULTS, {"mtu": 1400}) == (merged, ours)


@pytest.mark.parametrize(
    ("existing", "recorded", "wanted", "option", "value"),
    [
        # What the owner set stays, also where it contradicts a default.
        ({"data-root": "/big"}, {}, {}, "data-root", "/big"),
        ({"live-restore": False}, {}, {}, "live-restore", False),
        # What was ours is repaired.
        ({"live-restore": False}, {"live-restore": True}, {}, "live-restore", True),
        ({}, {"live-restore": True}, {}, "live-restore", True),
        # The inventory wins over both.
        ({"live-restore": True}, {}, {"live-restore": False}, "live-restore", False),
        ({"mtu": 1500}, {}, {"mtu": 1400}, "mtu", 1400),
        # What the inventory no longer asks for goes, unless somebody has made it their own since.
        ({"mtu": 1400}, {"mtu": 1400}, {}, "mtu", None),
        ({"mtu": 1300}, {"mtu": 1400}, {}, "mtu", 1300),
        # Lists of switches are merged by name.
        ({"exec-opts": ["native.x=1"]}, {}, {}, "exec-opts", ["native.x=1", SYSTEMD]),
        ({"exec-opts": ["native.cgroupdriver=cgroupfs"]}, {"exec-opts": [SYSTEMD]}, {}, "exec-opts", [SYSTEMD]),
        ({}, {}, {"exec-opts": ["native.y=2"]}, "exec-opts", [SYSTEMD, "native.y=2"]),
        (
            {"exec-opts": ["native.x=1", SYSTEMD, "native.y=2"]},
            {"exec-opts": [SYSTEMD, "native.y=2"]},
            {},
            "exec-opts",
            ["native.x=1", SYSTEMD],
        ),
        # Options of one log driver would keep another from starting.
        ({"log-driver": "journald"}, {}, {}, "log-opts", None),
        ({"log-driver": "journald"}, {}, {}, "log-driver", "journald"),
        ({}, {}, {"log-driver": "local"}, "log-opts", None),
        ({}, {}, {"log-driver": "local", "log-opts": {"max-size": "5m"}}, "log-opts", {"max-size": "5m"}),
        ({"log-opts": {"max-size": "1m"}}, {}, {}, "log-opts", {"max-size": "1m"}),
    ],
)
def test_owner_collection_and_inventory_meet_option_by_option(existing, recorded, wanted, option, value):
    merged = merge(existing, recorded, DEFAULTS, wanted)[0]
    assert merged.get(option) == value


def test_what_the_owner_keeps_is_not_recorded_as_ours():
    ours = merge({"live-restore": False, "data-root": "/big"}, {}, DEFAULTS, {})[1]
    assert "live-restore" not in ours and "data-root" not in ours


@pytest.mark.parametrize(
    ("before", "after", "running", "measure"),
    [
        ({}, {}, RUNNING, NOTHING),
        ({}, {"insecure-registries": ["a:5000"]}, RUNNING, RELOAD),
        ({"debug": True}, {"debug": False, "labels": ["x=1"]}, RUNNING, RELOAD),
        # The daemon forgets nothing on a reload.
        ({"debug": True}, {}, RUNNING, RESTART),
        ({"log-opts": {}}, {"log-opts": {"max-size": "10m"}}, RUNNING, RESTART),
        ({}, {"mtu": 1400, "debug": True}, RUNNING, RESTART),
        # Written down, but in force already.
        ({}, {"exec-opts": [SYSTEMD], "log-driver": "json-file", "live-restore": True}, RUNNING, NOTHING),
        ({}, {"exec-opts": [SYSTEMD]}, Running(cgroup_driver="cgroupfs"), RESTART),
        ({}, {"live-restore": True}, Running(), RELOAD),
    ],
)
def test_a_daemon_is_restarted_only_where_a_reload_is_not_enough(before, after, running, measure):
    assert needed(before, after, running) == measure


@pytest.mark.parametrize(
    ("measure", "live", "running", "steps"),
    [
        (NOTHING, True, RUNNING, []),
        (RELOAD, True, RUNNING, [RELOAD]),
        (RESTART, True, RUNNING, [RESTART]),
        (RESTART, True, Running(containers=2), [RELOAD, RESTART]),
        (RESTART, True, Running(containers=0), [RESTART]),
        (RESTART, False, Running(containers=2), [RESTART]),
    ],
)
def test_running_containers_are_protected_before_a_restart(measure, live, running, steps):
    assert daemon.steps(measure, {"live-restore": live}, running) == steps


ACTIVE = {"LoadState": "loaded", "ActiveState": "active", "UnitFileState": "enabled"}
SETTLED = daemon_control.State(
    text="{}", options=DEFAULTS, recorded=DEFAULTS, unit=ACTIVE, running=RUNNING, part=Part("photos", daemon_options={})
)


def planned(state=SETTLED, **changes):
    """Return the plan for a settled daemon after changing fields of its state."""
    return daemon_control.plan(daemon_control.State(**{**vars(state), **changes}), DEFAULTS, {})


def test_a_settled_daemon_needs_nothing_and_its_file_keeps_its_own_formatting():
    todo = planned()
    assert not todo.changes
    assert todo.text == "{}"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"safe": False}, {"rewrite": True}),
        ({"unit": {**ACTIVE, "UnitFileState": "disabled"}}, {"enable": True}),
        ({"unit": {**ACTIVE, "ActiveState": "inactive"}}, {"start": True}),
        ({"pending": RESTART}, {"measure": RESTART, "rewrite": False}),
        ({"options": {}}, {"rewrite": True, "measure": RESTART}),
    ],
)
def test_whatever_is_off_is_put_right(changes, expected):
    todo = planned(**changes)
    assert todo.changes
    assert {name: getattr(todo, name) for name in expected} == expected


def test_a_daemon_that_stands_still_is_started_not_reloaded():
    todo = planned(options={}, unit={})
    assert (todo.start, todo.measure) == (True, NOTHING)


def test_a_swarm_is_not_given_live_restore_which_would_stop_it_from_starting():
    todo = planned(swarm=True, options={}, recorded={})
    assert "live-restore" not in todo.options


def test_passwords_in_addresses_are_not_shown():
    text = '{"proxies": {"http-proxy": "http://user:s3cret@proxy:3128"}, "registry-mirrors": ["https://mirror"]}'
    assert "s3cret" not in daemon.masked(text)
    assert '"https://mirror"' in daemon.masked(text)


@pytest.mark.parametrize("text", ["{", "[]", '"x"'])
def test_a_file_that_cannot_be_understood_is_refused_not_replaced(text):
    with pytest.raises(daemon_control.DaemonError, match="repair or remove it"):
        daemon_control.parse(text)
