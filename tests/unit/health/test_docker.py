# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How Docker's command line is understood: its answers differ between versions, and it may not answer at all.

The real thing is in ``tests/integration/health``; here a program that plays ``docker`` says what is hard to provoke.
"""

import json
import os
import threading
import time

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health.engine import check
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets
from health.player import Play, compose, document


@pytest.fixture
def docker(tmp_path):
    return Play(tmp_path)


OLD = {"status": "health_status: healthy", "id": "a" * 64, "from": "image", "scope": "local"}
NEW = {"Type": "container", "Action": "health_status: healthy", "Actor": {"ID": "a" * 64, "Attributes": {}}}


TEXT = json.dumps(NEW)


@pytest.mark.parametrize(
    "lines",
    [
        [json.dumps(dict(NEW, **OLD)) + "\\n"],
        [TEXT + "\\n"],
        [TEXT[:40], TEXT[40:] + "\\n"],
        ["warning: something\\n[1]\\n{}\\n" + TEXT + "\\n"],
    ],
    ids=["before engine 28", "since engine 28", "in pieces", "after lines that are no events"],
)
def test_events_of_all_versions_are_understood(docker, lines):
    docker.streams(*lines)
    (result,) = docker.check()
    assert result.healthy and result.seconds < 3


def test_a_missing_docker_command_fails_at_once(tmp_path):
    targets = parse_targets([{"kind": "container", "container": "web"}])
    started = time.monotonic()
    (result,) = check(targets, deadline=30, docker=str(tmp_path / "docker"))
    assert time.monotonic() - started < 2
    assert result.reason == "engine" and "docker cannot be" in result.error
    (result,) = check(targets, deadline=None, wait=False, docker=str(tmp_path / "docker"))
    assert result.reason == "engine"


@pytest.mark.parametrize("stream", ["ends", "stays open"])
def test_an_engine_that_is_away_for_a_moment_is_waited_for(docker, stream):
    docker.says("away")
    docker.says(stream)
    docker.holds(document(health="healthy"))
    threading.Timer(0.5, (docker.folder / "away").unlink).start()
    (result,) = docker.check()
    assert result.healthy and result.seconds < 3


def test_an_engine_that_stays_away_is_named_as_the_reason(docker):
    docker.says("away")
    (result,) = docker.check(deadline=0.8)
    assert result.reason == "engine" and "Cannot connect to the Docker daemon" in result.error


def test_health_missed_between_two_streams_is_found_by_looking_again(docker):
    docker.says("ends")
    threading.Timer(0.5, lambda: docker.holds(document(health="healthy"))).start()
    (result,) = docker.check()
    assert result.healthy


def test_the_stream_begins_before_the_look_so_that_nothing_falls_between(docker):
    docker.holds(document(health="healthy"))
    before = time.time()
    docker.check()
    (call,) = docker.calls("events")
    since = float(call.split("--since ")[1].split()[0])
    assert before <= since <= time.time()


def test_a_container_that_is_gone_between_two_questions_is_missing_and_no_error(docker):
    docker.holds()
    docker.says("missing", "Error response from daemon: No such container: web")
    (result,) = docker.check(deadline=0.5)
    assert (result.reason, result.error) == ("missing", "there is no container of web")


def happened(action, identifier, **attributes):
    return json.dumps({"Action": action, "Actor": {"ID": identifier, "Attributes": attributes}}) + "\\n"


def test_a_container_that_is_made_later_is_waited_for(docker):
    docker.holds()
    docker.streams(happened("start", "a" * 64, name="web"))
    threading.Timer(0.1, lambda: docker.holds(document(health="healthy"))).start()
    (result,) = docker.check()
    assert result.healthy and result.seconds < 2


@pytest.mark.parametrize("together", [True, False])
def test_why_a_container_died_is_told_though_docker_started_it_again_at_once(docker, together):
    lines = [happened("oom", "a" * 64), happened("die", "a" * 64, exitCode="137"), happened("start", "a" * 64)]
    docker.streams(*(["".join(lines)] if together else lines))
    (result,) = docker.check(deadline=10)
    assert result.reason == "oom" and result.seconds < 4


def test_containers_that_nobody_asked_about_are_not_looked_at(docker):
    docker.streams(
        happened("start", "b" * 64, name="other"), happened("health_status: healthy", "b" * 64, name="other")
    )
    (result,) = docker.check(deadline=0.8)
    assert not result.healthy
    # The first look, and the last one before it is called unhealthy.
    assert len(docker.calls("inspect")) == 2


def test_a_container_can_be_named_by_its_identifier(docker):
    docker.holds(document(health="healthy"))
    assert docker.check(container="a" * 12)[0].healthy
    assert docker.check(container="a" * 11, deadline=0.3)[0].reason == "missing"


def test_an_engine_that_ends_every_stream_is_asked_ever_more_rarely_and_nothing_leaks(docker):
    docker.says("ends")
    before = len(os.listdir("/proc/self/fd"))
    docker.check(deadline=1.5)
    assert 2 < len(docker.calls("events")) < 7
    assert len(os.listdir("/proc/self/fd")) <= before
    assert ended_child() is None


def ended_child():
    """A process that ended and that nobody waited for."""
    try:
        return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None


def test_several_containers_of_one_service_are_told_apart(docker):
    docker.holds(
        document("a" * 64, "p-web-2", "healthy", **compose("web", "2")),
        document("b" * 64, "p-web-1", "healthy", **compose("web", "1")),
        document("c" * 64, "p-db-1", "healthy", **compose("db")),
    )
    results = docker.check(container=None, project="p")
    assert [(result.name, result.target) for result in results] == [
        ("db", "p-db-1"),
        ("web-1", "p-web-1"),
        ("web-2", "p-web-2"),
    ]


def test_a_command_that_compose_ran_once_is_no_service(docker):
    docker.holds(
        document("a" * 64, "p-web-1", "healthy", **compose("web")),
        document("b" * 64, "p-web-run", "unhealthy", **compose("web", **{"com.docker.compose.oneoff": "True"})),
    )
    assert [result.target for result in docker.check(container=None, project="p")] == ["p-web-1"]


def test_an_unhealthy_container_brings_the_end_of_its_log(docker):
    (result,) = docker.check(deadline=0.3)
    assert result.details["log"] == ["out", "err"]
    assert docker.calls("logs") == ["logs --tail 10 web"]


def test_secrets_in_what_a_container_says_are_hidden_however_long_its_lines_are(docker):
    docker.says("said", "x" * 495 + "hush-hush-hush\npassword is hush-hush-hush\n")
    ill = document(health="unhealthy")
    ill["State"]["Health"]["Log"] = [{"ExitCode": 1, "Output": "hush-hush-hush" + "y" * 295}]
    docker.holds(ill)
    targets = parse_targets([{"kind": "container", "container": "web"}])
    (result,) = check(targets, deadline=0.3, docker=docker.path, secrets=["hush-hush-hush"])
    assert result.details["log"] == ["x" * 495 + "***", "password is ***"]
    assert "hush" not in repr(result)


def test_no_log_is_read_when_none_is_wanted_or_all_is_well(docker):
    check(parse_targets([{"kind": "container", "container": "web"}]), deadline=0.3, log_lines=0, docker=docker.path)
    docker.holds(document(health="healthy"))
    docker.check()
    assert docker.calls("logs") == []


def test_all_containers_share_one_stream_and_one_look(docker):
    docker.holds(document("a" * 64, "web"), document("b" * 64, "db"))
    docker.streams(*(happened("health_status: healthy", letter * 64) for letter in "ab"))
    targets = [{"kind": "container", "container": name} for name in ("web", "db")]
    assert all(result.healthy for result in check(parse_targets(targets), deadline=4, docker=docker.path))
    assert len(docker.calls("events")) == len(docker.calls("inspect")) == 1
