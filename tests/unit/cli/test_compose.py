# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Docker Compose says, in all its ways of saying it."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import records
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.deploy import converge
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import Container
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Service
from support.specs import changed, make_spec


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ('[{"Service":"db"},{"Service":"web"}]', ["db", "web"]),
        ('{"Service":"db"}\n{"Service":"web"}\n', ["db", "web"]),
        ('\n{"Service":"db"}\n\n{"Service":"web"}', ["db", "web"]),
        ("", []),
        ("[]", []),
        ("\n", []),
    ],
    ids=["one array, before 2.21", "one object a line, since 2.21", "with empty lines", "nothing", "none", "a line"],
)
def test_containers_are_listed_alike_by_every_version_of_compose(text, listed):
    assert [container["Service"] for container in compose.parse_ps(text)] == listed


@pytest.mark.parametrize(
    ("state", "status", "healthy"),
    [
        ("running", "Up 2 minutes (healthy)", True),
        ("running", "Up 2 minutes", True),
        ("running", "Up 2 seconds (health: starting)", False),
        ("running", "Up 2 minutes (unhealthy)", False),
        ("exited", "Exited (1) 3 seconds ago", False),
        ("restarting", "Restarting (1) 3 seconds ago", False),
    ],
)
def test_a_server_counts_as_serving_only_when_docker_says_so(state, status, healthy):
    assert Container("1", state, "db", status).healthy is healthy


def test_new_restarted_and_removed_containers_are_told_by_service():
    before = [
        Container(*words.split(), "") for words in ("1 running db", "2 exited web", "3 running old", "4 running caddy")
    ]
    after = [Container(*words.split(), "") for words in ("1 running db", "2 running web", "5 running caddy")]
    done = compose.difference(before, after)
    assert (done.started, done.removed, done.changed) == (["caddy", "web"], ["old"], True)
    assert not compose.difference(before, before).changed


def test_what_a_killed_compose_left_over_is_cleared_away_and_nothing_else(monkeypatch):
    done = []
    monkeypatch.setattr(compose, "run", lambda argv, **_options: done.append(argv))
    old = Container("1", "running", "web", "Up", "w1", "t-web-1")
    substitute = Container("2", "created", "web", "Created", "w2", "0123456789ab_t-web-1")
    serving = Container("3", "running", "db", "Up", "d1", "ba9876543210_t-db-1")
    assert compose.clear_away([old, substitute, serving]) == [old, serving]
    assert done == [["docker", "rm", "--force", "2"]]


def test_what_a_service_needs_is_started_with_it_and_nothing_else():
    entries = [
        Service("caddy", depends_on=["web", "api"]),
        Service("api", depends_on=["redis"]),
        Service("web"),
        Service("redis"),
        Service("other"),
    ]
    assert converge.with_dependencies(entries, ["api"]) == {"api", "redis"}
    assert converge.with_dependencies(entries, []) == {"caddy", "api", "web", "redis", "other"}


class Host:
    """A Compose that notes what it is asked to do."""

    def __init__(self, monkeypatch, listed):
        self.done = []
        monkeypatch.setattr(compose, "containers", lambda project: listed)
        monkeypatch.setattr(converge, "_compose", self.compose)
        monkeypatch.setattr(converge, "ensure_databases", self.ensure)

    def compose(self, spec, arguments, on_progress, until):
        self.done.append(" ".join(arguments))

    def ensure(self, spec):
        self.done.append("databases of " + ", ".join(entry.service for entry in spec.databases))
        return ["db/app"]


UP = "up --detach --no-deps --remove-orphans"
STACK = make_spec(
    stack="t",
    services=[
        {"name": "db", "depends_on": [], "config": {"digest": "d1"}},
        {"name": "web", "depends_on": ["db"], "config": {"digest": "w1"}},
    ],
    databases=[{"service": "db", "engine": "postgresql", "user": "postgres"}],
    entry_point=None,
)
DB = Container("1", "running", "db", "Up (healthy)", "d1")
WEB = Container("2", "running", "web", "Up (healthy)", "w1")


MIGRATE = {"name": "migrate", "depends_on": ["db"], "config": {"digest": "m1"}, "job": True}
WITH_JOB = changed(STACK, services=[*records.as_json(STACK)["services"], MIGRATE], databases=[])
PREPARE = {"name": "prepare", "depends_on": [], "config": {"digest": "p1"}, "job": True}
AFTER_JOB = changed(STACK, services=[{"name": "db", "depends_on": ["prepare"], "config": {"digest": "d1"}}, PREPARE])


def web(state, status, config="w1"):
    return Container("2", state, "web", status, config)


def job(status, config="m1"):
    return Container("3", status.partition(" ")[0].lower(), "migrate", status, config)


OLD = Container("3", "running", "old", "Up", "o1")
ENDED = job("Exited (0) 2 hours ago")
WEB_AGAIN = ["databases of db", "up --detach --remove-orphans web"]
JOB_AGAIN = ["databases of ", "up --detach --no-deps --remove-orphans migrate"]


@pytest.mark.parametrize(
    ("stack", "listed", "more", "done"),
    [
        (STACK, [], {}, ["up --detach --wait db", "databases of db", "up --detach --remove-orphans db web"]),
        (STACK, [DB, web("exited", "Exited (1)")], {}, WEB_AGAIN),
        (STACK, [DB, web("running", "Up (unhealthy)")], {}, WEB_AGAIN),
        (STACK, [DB, web("running", "Up (healthy)", "another release's")], {}, WEB_AGAIN),
        (STACK, [DB, WEB], {}, ["databases of db"]),
        (STACK, [DB, WEB, OLD], {}, ["databases of db", "up --no-start --no-recreate --remove-orphans db"]),
        (WITH_JOB, [DB, WEB, ENDED], {}, ["databases of "]),
        (WITH_JOB, [DB, WEB, job("Exited (3) 2 hours ago")], {}, JOB_AGAIN),
        (WITH_JOB, [DB, WEB, job("Exited (0) 2 hours ago", "m0")], {}, JOB_AGAIN),
        (WITH_JOB, [DB, WEB, job("Created")], {}, JOB_AGAIN),
        (WITH_JOB, [DB, WEB, job("Exited (137) now")], {}, JOB_AGAIN),
        (WITH_JOB, [DB, WEB, ENDED], {"jobs_again": True}, JOB_AGAIN),
        (WITH_JOB, [DB, WEB, ENDED], {"services": ["migrate"]}, JOB_AGAIN),
        (WITH_JOB, [DB, web("exited", "Exited (0)"), ENDED], {}, ["databases of ", f"{UP} web"]),
        (WITH_JOB, [DB, job("Running")], {}, ["databases of ", f"{UP} migrate web"]),
        (AFTER_JOB, [], {}, ["up --detach --no-deps db prepare", "up --detach --wait --no-deps db"]),
    ],
    ids=[
        "databases are made after their server serves and before anything else starts",
        "what stopped is started, and nothing that depends on it",
        "what is unwell",
        "what is made of something else",
        "where all is as the release says, Compose is not even asked",
        "what the release has no more is removed though nothing else is to be done",
        "a job that ended well is not run again",
        "a job that failed is",
        "a job that is another now is",
        "a job that never started is",
        "a job that was stopped half-way is",
        "jobs run again after a restore, since the data are others",
        "a job that is named runs again",
        "a service that ended with exit code 0 is no job",
        "who depends on a job that still runs is started together with it, so that Compose lets it wait",
        "a job that a server needs ends before the server is waited for",
    ],
)
def test_only_what_is_not_as_the_release_says_is_started(monkeypatch, stack, listed, more, done):
    host = Host(monkeypatch, listed)
    said = converge.up(stack, more.get("services", []), jobs_again="jobs_again" in more)
    assert host.done[: len(done)] == done
    assert stack is AFTER_JOB or host.done == done
    assert said.databases == ["db/app"] and said.changed
    assert done != JOB_AGAIN or said.started == ["migrate"]
    assert more or converge.settled(stack, listed) is (len(done) == 1)


def test_when_no_container_is_to_blame_the_reason_is_what_compose_said(monkeypatch):
    class Refusing:
        def __init__(self, spec, arguments):
            pass

        def follow(self, on_progress):
            said = " Network t_default  Creating\nError response from daemon: no such image: x:1\n"
            raise CommandFailed(["docker", "compose"], 1, stderr=said)

        def end(self):
            pass

    monkeypatch.setattr(compose, "containers", lambda project: [])
    monkeypatch.setattr(compose, "Running", Refusing)
    with pytest.raises(converge.ConvergeFailed) as failed:
        converge.up(changed(STACK, root="/nowhere", health_targets=[], databases=[]))
    assert str(failed.value) == "Error response from daemon: no such image: x:1"
