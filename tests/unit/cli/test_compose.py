# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Docker Compose says, in all its ways of saying it."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import records
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.deploy import converge
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import Container
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Service
from support.specs import changed, make_spec


@pytest.mark.parametrize(
    "text",
    [
        '[{"Service":"db"},{"Service":"web"}]',
        '{"Service":"db"}\n{"Service":"web"}\n',
        '\n{"Service":"db"}\n\n{"Service":"web"}',
    ],
    ids=["one array, before 2.21", "one object a line, since 2.21", "with empty lines"],
)
def test_containers_are_listed_alike_by_every_version_of_compose(text):
    assert [container["Service"] for container in compose.parse_ps(text)] == ["db", "web"]


@pytest.mark.parametrize("text", ["", "[]", "\n"])
def test_a_project_without_containers_is_an_empty_list(text):
    assert compose.parse_ps(text) == []


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


def test_nothing_is_reported_changed_when_the_same_containers_go_on_running():
    now = [Container("1", "running", "db", "Up 1 second"), Container("2", "exited", "migrate", "Exited (0)")]
    assert not compose.difference(now, now).changed


def test_new_restarted_and_removed_containers_are_told_by_service():
    before = [
        Container("1", "running", "db", ""),
        Container("2", "exited", "web", ""),
        Container("3", "running", "old", ""),
        Container("4", "running", "caddy", ""),
    ]
    after = [
        Container("1", "running", "db", ""),
        Container("2", "running", "web", ""),
        Container("5", "running", "caddy", ""),
    ]
    done = compose.difference(before, after)
    assert (done.started, done.removed, done.changed) == (["caddy", "web"], ["old"], True)


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

    def __init__(self, monkeypatch, listed, fails=""):
        self.done = []
        self.fails = fails
        monkeypatch.setattr(compose, "containers", lambda project: listed)
        monkeypatch.setattr(converge, "_compose", self.compose)
        monkeypatch.setattr(converge, "ensure_databases", self.ensure)

    def compose(self, spec, arguments, on_progress, until):
        self.done.append(" ".join(arguments))

    def ensure(self, spec):
        self.done.append("databases of " + ", ".join(entry.service for entry in spec.databases))
        return ["db/app"]


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


def job(status, config="m1"):
    return Container("3", status.partition(" ")[0].lower(), "migrate", status, config)


@pytest.mark.parametrize(
    "container",
    [job("Exited (3) 2 hours ago"), job("Exited (0) 2 hours ago", "m0"), job("Created"), job("Exited (137) now")],
    ids=["failed", "changed", "never started", "stopped half-way"],
)
def test_a_job_that_did_not_end_well_or_is_another_now_runs(monkeypatch, container):
    host = Host(monkeypatch, [DB, WEB, container])
    assert converge.up(WITH_JOB).started == ["migrate"]
    assert host.done == ["databases of ", "up --detach --no-deps --remove-orphans migrate"]


def test_a_service_that_ended_with_exit_code_0_is_no_job_and_is_started(monkeypatch):
    host = Host(monkeypatch, [DB, Container("2", "exited", "web", "Exited (0)", "w1"), job("Exited (0) now")])
    converge.up(WITH_JOB)
    assert host.done == ["databases of ", "up --detach --no-deps --remove-orphans web"]


def test_who_depends_on_a_job_that_still_runs_is_started_together_with_it_so_that_compose_lets_it_wait(monkeypatch):
    host = Host(monkeypatch, [DB, job("Running")])
    converge.up(WITH_JOB)
    assert host.done == ["databases of ", "up --detach --no-deps --remove-orphans migrate web"]


def test_a_job_that_a_server_needs_ends_before_the_server_is_waited_for(monkeypatch):
    prepare = {"name": "prepare", "depends_on": [], "config": {"digest": "p1"}, "job": True}
    db = {"name": "db", "depends_on": ["prepare"], "config": {"digest": "d1"}}
    host = Host(monkeypatch, [])
    converge.up(changed(STACK, services=[db, prepare]))
    assert host.done[:2] == ["up --detach --no-deps db prepare", "up --detach --wait --no-deps db"]


def test_jobs_run_again_after_a_restore_since_the_data_are_others(monkeypatch):
    host = Host(monkeypatch, [DB, WEB, job("Exited (0) 2 hours ago")])
    converge.up(WITH_JOB, jobs_again=True)
    assert host.done == ["databases of ", "up --detach --no-deps --remove-orphans migrate"]


def test_a_job_that_is_named_runs_again(monkeypatch):
    host = Host(monkeypatch, [DB, WEB, job("Exited (0) 2 hours ago")])
    converge.up(WITH_JOB, ["migrate"])
    assert host.done == ["databases of ", "up --detach --no-deps --remove-orphans migrate"]


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
