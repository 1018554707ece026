# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each kill is counted once, whoever tells of it, and is not forgotten when its container starts again."""

import json

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health import oom_ledger, oom_report
from ansible_collections.photosync.vps.plugins.module_utils.health.oom_reading import Container, Kill, Look

NOW = 1_795_509_000.0
GIBIBYTE = 1024**3


def container(identifier="one", service="ml", started=NOW - 1000, kills=0, own_limit=True, died=None):
    return Container(identifier, service, started, 4 * GIBIBYTE, kills, own_limit, died)


class Host:
    """A host that is looked at again and again, a minute after the last look unless it is said otherwise."""

    def __init__(self):
        self.now = NOW
        self.kept = oom_ledger.load("/nowhere", NOW - 60)

    def look(self, *containers, logged=(), told=(), later=60):
        self.now += later
        self.seen = Look(self.now, containers, tuple(logged), tuple(told))
        # As from a file, so that nothing is in it that JSON cannot keep.
        self.kept = oom_ledger.observe(json.loads(json.dumps(self.kept)), self.seen)
        return {summary["service"]: summary for summary in oom_report.summaries(self.kept, self.seen)}

    def total(self, *containers, **sources):
        return self.look(*containers, **sources).get("ml", {"total": 0})["total"]


@pytest.fixture
def host():
    return Host()


def test_nothing_happened_is_nothing_told_and_a_killed_child_is_counted_though_its_container_runs_on(host):
    assert host.look(container()) == {}
    assert [host.total(container(kills=kills)) for kills in (1, 1, 3)] == [1, 1, 3]


def test_the_same_kill_told_by_counter_log_and_events_is_one_kill(host):
    at = NOW + 30
    assert host.total(container(kills=1), logged=[Kill("one", at, True)], told=[Kill("one", at + 0.2)]) == 1
    assert host.total(container(kills=1), logged=[Kill("one", at, True)], told=[Kill("one", at + 0.2)]) == 1


def test_a_survivor_of_whom_the_engine_tells_the_kill_of_another_is_not_counted(host):
    # As version 1 of cgroups has it when the group above, the slice, runs out of memory.
    killed, survivor = container(kills=1, own_limit=False), container("two", "web")
    found = host.look(killed, survivor, told=[Kill("one", NOW + 30), Kill("two", NOW + 30)])
    assert list(found) == ["ml"]


def test_a_restart_begins_the_kernels_counter_anew_and_forgets_nothing(host):
    assert host.total(container(kills=2)) == 2
    found = host.look(container(started=NOW + 90, kills=1))["ml"]
    assert (found["total"], found["since_start"]) == (3, 1)


def test_a_kill_between_two_looks_is_known_from_the_log_though_the_container_is_a_new_one(host):
    host.look(container())
    logged = [Kill("one", NOW + 70, True), Kill("one", NOW + 80, True)]
    assert host.total(container(started=NOW + 81, kills=0), logged=logged) == 2
    assert host.total(container(started=NOW + 81, kills=0), logged=logged) == 2


def test_a_kill_between_two_looks_is_known_from_the_engines_events(host):
    host.look(container())
    assert host.total(container(started=NOW + 81, kills=0), told=[Kill("one", NOW + 80)]) == 1


def test_a_container_that_lies_dead_is_counted_once(host):
    host.look(container(kills=1))
    dead = container(kills=None, died=NOW + 100)
    assert [host.total(dead), host.total(dead)] == [2, 2]
    assert host.total(container(started=NOW + 300, kills=0)) == 2


def test_kills_before_the_first_look_are_read_from_the_log(host):
    assert host.total(container(), logged=[Kill("one", NOW - 3600, True)]) == 1


def test_a_container_that_a_deployment_replaced_is_not_forgotten(host):
    host.look(container(kills=1))
    found = host.look(container("two", started=NOW + 100), logged=[Kill("one", NOW + 70, True)])
    assert found["ml"]["total"] == 2


def test_kills_of_other_containers_are_nobodys(host):
    assert host.look(container(), logged=[Kill("stranger", NOW + 1, True)]) == {}


def test_a_day_and_a_week_are_told_apart(host):
    host.look(container(kills=2))
    found = host.look(container(kills=3), later=2 * oom_ledger.DAY)["ml"]
    assert (found["last_24_hours"], found["last_7_days"], found["total"]) == (1, 3, 3)
    found = host.look(container(kills=3), later=6 * oom_ledger.DAY)["ml"]
    assert (found["last_24_hours"], found["last_7_days"], found["total"]) == (0, 1, 3)


def test_a_service_that_loops_for_a_week_does_not_fill_the_disk(host):
    for kills in range(1, 2000):
        host.look(container(kills=kills), later=300)
    assert len(json.dumps(host.kept)) < 20000


def test_what_was_seen_is_there_for_the_next_look_and_a_ledger_that_cannot_be_read_is_begun_anew(tmp_path, host):
    host.look(container(kills=1))
    path = oom_ledger.path_of(str(tmp_path / "state"))
    oom_ledger.save(path, host.kept)
    assert oom_ledger.load(path, NOW) == host.kept
    (tmp_path / "oom.json").write_text("{", encoding="utf-8")
    assert oom_ledger.load(str(tmp_path / "oom.json"), NOW)["services"] == {}


@pytest.fixture
def warn(host):
    """The warnings after a look."""
    return lambda *containers, **sources: oom_report.warnings(list(host.look(*containers, **sources).values()))


def test_a_warning_says_who_how_often_when_and_what_to_do(warn):
    logged = [Kill("one", NOW + 50, True)]
    (said,) = warn(container(kills=3), logged=logged)
    assert said.startswith("warning: ml: 3 OOM kills in the last 24 h, the last at 20")
    assert said.endswith("; limit 4.0 GiB; raise deploy.resources.limits.memory")


def test_whoever_was_killed_for_others_is_not_told_to_raise_its_limit(warn):
    (said,) = warn(container(kills=1, own_limit=False))
    assert "raise" not in said
    assert "all services together need more memory than the host has for them" in said


def test_kills_of_days_ago_are_still_told_and_those_of_weeks_ago_are_not(host, warn):
    host.look(container(kills=1))
    (said,) = warn(container(kills=1), later=3 * oom_ledger.DAY)
    assert "1 OOM kill in the last 7 days" in said
    assert warn(container(kills=1), later=8 * oom_ledger.DAY) == []
