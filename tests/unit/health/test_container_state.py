# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What inspect and events say of a container, and what follows from it."""

from dataclasses import replace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health.container_state import (
    SETTLED_AFTER,
    after,
    from_inspect,
    judge,
    moment,
)

START = moment("2026-05-01T12:00:00Z")


def inspected(status="running", policy="unless-stopped", limit=0, count=0, labels=None, **state):
    return {
        "Id": "f" * 64,
        "Name": "/photo-sync-web-1",
        "RestartCount": count,
        "Config": {"Labels": labels},
        "HostConfig": {"RestartPolicy": {"Name": policy, "MaximumRetryCount": limit}},
        "State": dict({"Status": status, "StartedAt": "2026-05-01T12:00:00.5Z", "ExitCode": 0}, **state),
    }


def health(status, *outputs):
    return {"Status": status, "Log": [{"ExitCode": 1, "Output": output} for output in outputs]}


def event(action, seconds=60.0, **attributes):
    return {"Action": action, "timeNano": int((START + seconds) * 1e9), "Actor": {"Attributes": attributes}}


def verdict(document, *events, now=60.0, known=None):
    container = from_inspect(document, START + now, known)
    for one in events:
        container = after(container, one)
    outcome, _again = judge(container, START + now, min_uptime=1, restarts=3)
    return outcome


@pytest.mark.parametrize(
    ("document", "healthy", "final", "reason"),
    [
        (inspected(Health=health("healthy")), True, False, "ok"),
        (inspected(Health=health("starting")), False, False, "starting"),
        (inspected(Health=health("unhealthy", "no")), False, False, "unhealthy"),
        (inspected(), True, False, "ok"),
        (inspected(Health={"Status": "none"}), True, False, "ok"),
        (inspected("created"), False, False, "created"),
        (inspected("created", Error="port is already allocated", ExitCode=128), False, True, "not_started"),
        (inspected("paused", Health=health("healthy")), False, False, "paused"),
        (inspected("dead"), False, True, "dead"),
        (inspected("removing"), False, False, "removing"),
        (inspected("restarting", ExitCode=1, count=1), False, False, "restarting"),
        (inspected("restarting", ExitCode=1, count=4), False, True, "looping"),
        (inspected("exited", ExitCode=1), False, True, "exited"),
        (inspected("exited", ExitCode=0), False, True, "stopped"),
        (inspected("exited", policy="no", ExitCode=0), True, False, "finished"),
        (inspected("exited", policy="no", ExitCode=0, Health=health("unhealthy")), False, True, "stopped"),
        (inspected("exited", ExitCode=137, OOMKilled=True), False, True, "oom"),
        (inspected("restarting", ExitCode=137, OOMKilled=True, count=1), False, True, "oom"),
        (inspected("running", OOMKilled=True, Health=health("healthy")), True, False, "ok"),
        (inspected("exited", ExitCode=1, OOMKilled=True), False, True, "exited"),
    ],
)
def test_inspect_decides(document, healthy, final, reason):
    outcome = verdict(document)
    assert (outcome.healthy, outcome.final, outcome.reason) == (healthy, final, reason)


CHECKED = inspected(Health=health("starting"))
ONCE = inspected(policy="no", Health=health("starting"))


@pytest.mark.parametrize(
    ("document", "events", "reason", "final"),
    [
        (CHECKED, [event("health_status: healthy")], "ok", False),
        (CHECKED, [event("health_status: healthy"), event("health_status: unhealthy")], "unhealthy", False),
        (CHECKED, [event("health_status: healthy"), event("die", exitCode="1"), event("start")], "starting", False),
        (CHECKED, [event("die", exitCode="1")], "restarting", False),
        (ONCE, [event("die", exitCode="1")], "exited", True),
        (ONCE, [event("kill", signal="15"), event("die", exitCode="143"), event("stop")], "stopped", False),
        (CHECKED, [event("oom"), event("die", exitCode="137")], "oom", True),
        (CHECKED, [event("oom")], "starting", False),
        (CHECKED, [event("oom"), event("die", exitCode="137"), event("start")], "starting", False),
        (CHECKED, [event("oom"), event("die", exitCode="137"), event("start")] * 2, "starting", False),
        (CHECKED, [event("oom"), event("start"), event("die", exitCode="137")], "restarting", False),
        (CHECKED, [event("die", exitCode="137")], "restarting", False),
        (
            ONCE,
            [event("kill"), event("die", exitCode="143"), event("start"), event("die", exitCode="1")],
            "exited",
            True,
        ),
        (CHECKED, [event("die", exitCode="5"), event("start")] * 3, "starting", False),
        (CHECKED, [event("die", exitCode="5"), event("start")] * 3 + [event("die", exitCode="5")], "looping", True),
        (CHECKED, [event("kill"), event("die", exitCode="0"), event("start")] * 9, "starting", False),
        (CHECKED, [event("pause")], "paused", False),
        (CHECKED, [event("pause"), event("unpause"), event("health_status: healthy")], "ok", False),
        (CHECKED, [event("attach")], "starting", False),
    ],
)
def test_events_decide(document, events, reason, final):
    outcome = verdict(document, *events)
    assert (outcome.reason, outcome.final) == (reason, final)


@pytest.mark.parametrize(
    ("policy", "limit", "code", "reason"),
    [
        ("always", 0, "0", "restarting"),
        ("unless-stopped", 0, "0", "restarting"),
        ("on-failure", 0, "1", "restarting"),
        ("on-failure", 0, "0", "finished"),
        ("on-failure", 2, "1", "exited"),
        ("no", 0, "0", "finished"),
        ("no", 0, "1", "exited"),
    ],
)
def test_the_restart_policy_says_whether_a_death_is_the_end(policy, limit, code, reason):
    document = inspected(policy=policy, limit=limit, count=2)
    assert verdict(document, event("die", exitCode=code)).reason == reason


def test_many_restarts_long_ago_are_no_loop():
    assert verdict(inspected(count=50, Health=health("healthy")), event("die", exitCode="1")).reason == "restarting"


def test_a_loop_is_known_by_its_count_when_the_container_happens_to_run():
    document = inspected(count=5, Health=health("starting"))
    assert verdict(document, event("die", 2.0, exitCode="1"), now=1.0).reason == "looping"


@pytest.mark.parametrize(
    ("age", "lives"), [(0.0, 2), (SETTLED_AFTER - 1, 2), (SETTLED_AFTER, 1), (SETTLED_AFTER + 1, 1)]
)
def test_only_who_dies_young_dies_young_again(age, lives):
    young = replace(from_inspect(inspected(), START + 60), started=START, short_lives=1)
    assert after(young, event("die", age, exitCode="1")).short_lives == lives
    assert after(replace(young, asked=True), event("die", age, exitCode="1")).short_lives == 1, "as it was told to"


def test_deaths_go_on_being_counted_after_another_look():
    known = after(from_inspect(CHECKED, START + 60), event("die", exitCode="1"))
    assert from_inspect(CHECKED, START + 60, known).deaths == 1


def test_a_container_without_health_check_must_run_for_a_while():
    container = from_inspect(inspected(), START + 1.0)
    outcome, again = judge(container, START + 1.0, min_uptime=2, restarts=3)
    assert outcome.reason == "young" and again == pytest.approx(1.5)
    assert judge(container, START + 2.6, min_uptime=2, restarts=3)[0].healthy


def test_one_that_was_restarted_must_run_for_ten_seconds():
    container = from_inspect(inspected(count=1), START + 3.0)
    outcome, again = judge(container, START + 3.0, min_uptime=1, restarts=3)
    assert "was restarted 1 times" in outcome.error and again == pytest.approx(7.5)


def test_the_last_probe_is_quoted_on_one_line():
    outcome = verdict(inspected(Health=health("unhealthy", "old", "curl: (7)\n\x1b[31mrefused\x1b[0m\n")))
    assert outcome.error == "unhealthy; last probe: exit code 1: curl: (7) refused"


def test_what_compose_noted_is_read_from_the_labels():
    labels = {
        "com.docker.compose.project": "photo-sync",
        "com.docker.compose.service": "web",
        "com.docker.compose.depends_on": "api:service_healthy:false,cache:service_started:true",
    }
    facts = from_inspect(inspected(labels=labels), START).facts
    assert (facts["project"], facts["service"], facts["depends_on"]) == ("photo-sync", "web", ["api", "cache"])


def test_the_environment_of_a_container_stays_out_of_its_facts():
    document = inspected()
    document["Config"]["Env"] = ["DB_PASSWORD=hush"]
    assert "hush" not in repr(from_inspect(document, START))


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T00:01:00.25Z", 60.25),
        ("1970-01-01T00:01:00.123456789Z", 60.123456789),
        ("1970-01-01T01:01:00.5+01:00", 60.5),
        ("0001-01-01T00:00:00Z", 0.0),
        ("", 0.0),
    ],
)
def test_times_are_read_as_docker_writes_them(written, seconds):
    assert moment(written) == pytest.approx(seconds)
