# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the health engine promises about containers, on a real Docker engine."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import threading
import time

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


def test_a_container_that_exits_fails_at_once_with_its_code_and_log(yard):
    name = yard.run(command="echo cannot open the database >&2; sleep 0.5; exit 7")
    started = time.monotonic()
    (result,) = check(container(name, min_uptime=5), deadline=30)
    assert time.monotonic() - started < 5
    assert (result.reason, result.details["exit_code"]) == ("exited", 7)
    assert result.details["log"] == ["cannot open the database"]


def test_a_container_that_had_exited_before_fails_at_once(yard):
    name = yard.run(command="exit 3")
    yard.docker("wait", name)
    started = time.monotonic()
    (result,) = check(container(name), deadline=30)
    assert time.monotonic() - started < 2
    assert result.error == "exited with code 3"


def test_a_job_that_ended_well_is_healthy(yard):
    name = yard.run(command="sleep 0.3")
    (result,) = check(container(name, min_uptime=10), deadline=10)
    assert result.healthy and result.reason == "finished"


def test_a_service_that_was_stopped_is_not_healthy_though_it_ended_well(yard):
    name = yard.run("--restart", "unless-stopped", command="trap 'exit 0' TERM; sleep 1000 & wait")
    time.sleep(0.3)
    yard.docker("stop", name)
    (result,) = check(container(name), deadline=5)
    assert not result.healthy and result.reason == "stopped"


def test_a_container_killed_for_lack_of_memory_fails_at_once_though_docker_starts_it_again(yard):
    hungry = "sleep 0.8; x=aaaaaaaa; while :; do x=$x$x; done"
    name = yard.run("--memory", "8m", "--memory-swap", "8m", "--restart", "always", *CHECKED, command=hungry)
    started = time.monotonic()
    (result,) = check(container(name), deadline=30)
    assert time.monotonic() - started < 10
    assert result.reason == "oom" and "lack of memory" in result.error


def test_a_restart_loop_fails_fast_with_the_exit_code(yard):
    name = yard.run("--restart", "unless-stopped", *CHECKED, command="echo bad setting; exit 5")
    started = time.monotonic()
    (result,) = check(container(name), deadline=60)
    assert time.monotonic() - started < 10
    assert result.reason == "looping" and "exit code 5" in result.error
    assert result.details["log"][-1] == "bad setting"


def test_a_loop_that_has_gone_on_for_long_is_known_at_once(yard):
    name = yard.run("--restart", "unless-stopped", command="exit 5")
    time.sleep(4)
    started = time.monotonic()
    (result,) = check(container(name), deadline=60)
    assert result.reason == "looping"
    assert time.monotonic() - started < 8


def test_one_crash_at_the_start_is_forgiven(yard):
    flaky = "if test -e /tmp/seen; then touch /tmp/well; sleep 1000; fi; touch /tmp/seen; exit 1"
    name = yard.run("--restart", "unless-stopped", *CHECKED, command=flaky)
    (result,) = check(container(name), deadline=20)
    assert result.healthy and result.details["restarts"] == 1


def test_a_container_without_health_check_counts_once_it_has_run_for_a_while(yard):
    name = yard.run()
    (result,) = check(container(name, min_uptime=1.5), deadline=10)
    assert result.healthy
    assert 0.8 < result.seconds < 2.5


def test_an_unhealthy_container_tells_what_its_last_probe_said(yard):
    name = yard.run("--health-cmd", "echo no such table; exit 1", "--health-interval", "200ms", "--health-retries", "1")
    (result,) = check(container(name), deadline=2.5)
    assert result.reason == "unhealthy"
    assert "exit code 1: no such table" in result.error


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


def test_looking_once_returns_what_is_true_now(yard):
    name = yard.run(*CHECKED)
    started = time.monotonic()
    (result,) = check(container(name), deadline=None, wait=False)
    assert not result.healthy and result.reason in ("starting", "unhealthy")
    assert time.monotonic() - started < 1


def streams():
    """Processes of ``docker events`` that this test process started."""
    mine = ["pgrep", "-P", str(os.getpid()), "-f", "docker events"]
    found = subprocess.run(mine, stdout=subprocess.PIPE, check=False)
    return [int(line) for line in found.stdout.split()]
