# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the health engine promises about containers, on a real Docker engine."""

import json
import os
import signal
import statistics
import subprocess
import threading
import time

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health.cause import root_cause
from ansible_collections.photosync.vps.plugins.module_utils.health.container_state import moment
from ansible_collections.photosync.vps.plugins.module_utils.health.engine import check
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets

# Healthy as soon as the file is there: asked for five times a second.
CHECKED = ("--health-cmd", "test -e /tmp/well", "--health-interval", "200ms", "--health-retries", "1")


def container(name, **more):
    return parse_targets([{"kind": "container", "container": name, **more}])


def project(yard, **more):
    return parse_targets([{"kind": "container", "project": yard.project, **more}])


def later(seconds, act):
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def test_a_container_turning_healthy_is_seen_within_20_milliseconds(yard):
    """Counted from Docker's own announcement: how soon after a probe it makes one depends on the load of its host."""
    measured = [seconds_until_notice(yard) for _time in range(7)]
    for since, seconds in zip(("Docker's announcement", "the probe's end"), zip(*measured, strict=True), strict=True):
        print(f"ms since {since}: {[round(one * 1000, 1) for one in seconds]}")
    assert statistics.median(announced for announced, _probed in measured) < 0.020


def seconds_until_notice(yard):
    """Seconds from Docker's announcement, and from the end of the probe, until the check knows."""
    started = time.time()
    name = yard.run(*CHECKED, command="sleep 0.7; touch /tmp/well; sleep 1000")
    seen = []
    (result,) = check(container(name), deadline=20, on_progress=lambda progress: seen.append(time.time()))
    assert result.healthy
    log = json.loads(yard.docker("inspect", "--format", "{{json .State.Health.Log}}", name))
    probed = min(moment(probe["End"]) for probe in log if probe["ExitCode"] == 0)
    window = ["--since", f"{started:.3f}", "--until", f"{time.time():.3f}"]
    wanted = ["--filter", "container=" + name, "--filter", "event=health_status"]
    events = yard.docker("events", *window, *wanted, "--format", "{{json .}}").splitlines()
    (announced,) = [
        event["timeNano"] / 1e9 for event in map(json.loads, events) if event["Action"].endswith(": healthy")
    ]
    yard.docker("rm", "--force", name)
    return seen[-1] - announced, seen[-1] - probed


def test_a_container_that_is_healthy_already_costs_one_look(yard):
    name = yard.run(*CHECKED, command="touch /tmp/well; sleep 1000")
    check(container(name), deadline=20)
    started = time.monotonic()
    (result,) = check(container(name), deadline=20)
    assert result.healthy and result.attempts == 1
    assert time.monotonic() - started < 0.5


ALWAYS = ("--restart", "unless-stopped")
HUNGRY = ("--memory", "8m", "--memory-swap", "8m", "--restart", "always", *CHECKED)
ILL = ("--health-cmd", "echo no such table; exit 1", "--health-interval", "200ms", "--health-retries", "1")
FLAKY = "if test -e /tmp/seen; then touch /tmp/well; sleep 1000; fi; touch /tmp/seen; exit 1"


@pytest.mark.parametrize(
    ("options", "command", "more", "reason", "said", "within"),
    [
        ((), "echo no database >&2; sleep 0.5; exit 7", {"min_uptime": 5}, "exited", "no database", 5),
        ((), "sleep 0.3", {"min_uptime": 10}, "finished", "", 10),
        (HUNGRY, "sleep 0.8; x=aaaaaaaa; while :; do x=$x$x; done", {}, "oom", "lack of memory", 10),
        ((*ALWAYS, *CHECKED), "echo bad setting; exit 5", {}, "looping", "bad setting", 10),
        ((*ALWAYS, *CHECKED), FLAKY, {}, "ok", "", 20),
        ((), "sleep 1000", {"min_uptime": 1.5}, "ok", "", 2.5),
        (ILL, "sleep 1000", {"deadline": 2.5}, "unhealthy", "exit code 1: no such table", 5),
    ],
    ids=[
        "exits",
        "a job that ended well",
        "out of memory",
        "a restart loop",
        "one crash is forgiven",
        "unchecked",
        "ill",
    ],
)
def test_a_container_is_judged_with_the_reason_as_soon_as_it_is_known(
    yard, options, command, more, reason, said, within
):
    settings = {name: value for name, value in more.items() if name != "deadline"}
    started = time.monotonic()
    (result,) = check(container(yard.run(*options, command=command), **settings), deadline=more.get("deadline", 30))
    assert time.monotonic() - started < within + 1
    assert (result.reason, result.healthy) == (reason, reason in ("ok", "finished"))
    assert said in f"{result.error} {result.details.get('log', '')}"
    assert reason not in ("exited", "looping") or result.details["exit_code"] == {"exited": 7, "looping": 5}[reason]


@pytest.mark.parametrize(
    ("command", "reason"), [("trap 'exit 0' TERM; sleep 1000 & wait", "stopped"), ("exit 5", "looping")]
)
def test_what_was_stopped_or_has_looped_for_long_before_is_known_at_once(yard, command, reason):
    name = yard.run(*ALWAYS, command=command)
    time.sleep(0.3 if reason == "stopped" else 4)
    if reason == "stopped":
        yard.docker("stop", name)
    started = time.monotonic()
    (result,) = check(container(name), deadline=60)
    assert not result.healthy and result.reason == reason
    assert time.monotonic() - started < 8


def test_a_container_that_is_made_while_waiting_is_seen(yard):
    made = later(0.5, lambda: yard.run(*CHECKED, service="web", command="touch /tmp/well; sleep 1000"))
    (result,) = check(project(yard, service="web"), deadline=20)
    made.join()
    assert result.healthy and result.details["service"] == "web"


def test_a_container_that_somebody_restarts_meanwhile_is_waited_for(yard):
    name = yard.run("--restart", "unless-stopped", *CHECKED, command="sleep 2; touch /tmp/well; sleep 1000")
    restart = later(0.5, lambda: yard.docker("restart", "--time", "0", name))
    (result,) = check(container(name), deadline=20)
    restart.join()
    assert result.healthy


def test_every_container_of_a_project_gives_one_result_called_like_its_service(yard):
    yard.run(*CHECKED, service="web", command="touch /tmp/well; sleep 1000")
    yard.run(*CHECKED, service="database", command="touch /tmp/well; sleep 1000")
    other = yard.run()
    results = check(project(yard), deadline=20)
    assert [(result.name, result.healthy) for result in results] == [("database", True), ("web", True)]
    assert other not in [result.details["container"] for result in results]


def test_the_first_failing_dependency_is_the_root_cause(yard):
    yard.run(*CHECKED, service="web", needs="api:service_healthy:false")
    yard.run(*CHECKED, service="api", needs="database:service_healthy:false")
    yard.run(*CHECKED, service="database", command="sleep 0.5; echo disk full; exit 4")
    cause = root_cause(check(project(yard), deadline=20))
    assert cause.result.name == "database"
    assert cause.explains == ("api", "web")


def test_a_stream_that_breaks_is_opened_again(yard):
    name = yard.run(*CHECKED, command="sleep 2; touch /tmp/well; sleep 1000")
    killer = later(0.7, lambda: [os.kill(pid, signal.SIGKILL) for pid in streams()])
    (result,) = check(container(name), deadline=20)
    killer.join()
    assert result.healthy and result.seconds < 4


def test_nothing_runs_on_after_the_check(yard):
    name = yard.run(*CHECKED)
    check(container(name), deadline=0.5)
    assert streams() == []


def streams():
    """Processes of ``docker events`` that this test process started."""
    mine = ["pgrep", "-P", str(os.getpid()), "-f", "docker events"]
    found = subprocess.run(mine, stdout=subprocess.PIPE, check=False)
    return [int(line) for line in found.stdout.split()]
