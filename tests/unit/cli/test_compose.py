# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Docker Compose says, in all its ways of saying it."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils import compose, converge
from ansible_collections.photosync.vps.plugins.module_utils.compose import Container
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed

DRY_RUN = """\
 DRY-RUN MODE -  Container t-db-1  Running
 DRY-RUN MODE -  Container t-web-1  Recreate
 DRY-RUN MODE -  Container t-web-1  Recreated
 DRY-RUN MODE -  Container t-db-1  Waiting
 DRY-RUN MODE -  Container t-db-1  Healthy
 DRY-RUN MODE -  Container 7a2c82e4d8ff_t-web-1  Starting
 DRY-RUN MODE -  Container 7a2c82e4d8ff_t-web-1  Started
"""
SETTLED = """\
 DRY-RUN MODE -  Container t-db-1  Running
 DRY-RUN MODE -  Container t-web-1  Running
 DRY-RUN MODE -  Container t-db-1  Waiting
 DRY-RUN MODE -  Container t-db-1  Healthy
"""


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


def test_a_dry_run_tells_what_would_change():
    assert compose.plan_of(DRY_RUN) == [
        "Container t-web-1 Recreate",
        "Container 7a2c82e4d8ff_t-web-1 Starting",
    ]


def test_a_dry_run_of_a_settled_stack_plans_nothing():
    assert compose.plan_of(SETTLED) == []


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
        {"name": "caddy", "depends_on": ["web", "api"]},
        {"name": "api", "depends_on": ["redis"]},
        {"name": "web", "depends_on": []},
        {"name": "redis", "depends_on": []},
        {"name": "other", "depends_on": []},
    ]
    assert converge.with_dependencies(entries, ["api"]) == {"api", "redis"}
    assert converge.with_dependencies(entries, []) == {"caddy", "api", "web", "redis", "other"}


class Host:
    """A Compose that notes what it is asked to do."""

    def __init__(self, monkeypatch, listed, fails=""):
        self.done = []
        self.fails = fails
        monkeypatch.setattr(compose, "containers", lambda project: listed)
        monkeypatch.setattr(compose, "stream", self.stream)
        monkeypatch.setattr(converge, "ensure_databases", self.ensure)

    def stream(self, document, arguments, on_progress=None):
        self.done.append(" ".join(arguments))
        if self.fails:
            raise CommandFailed(["docker", "compose"], 1, stderr=self.fails)

    def ensure(self, document):
        self.done.append("databases of " + ", ".join(entry["service"] for entry in document["databases"]))
        return ["db/app"]


STACK = {
    "stack": "t",
    "services": [{"name": "db", "depends_on": []}, {"name": "web", "depends_on": ["db"]}],
    "databases": [{"service": "db"}],
    "entry_point": None,
}


def test_databases_are_made_after_their_server_serves_and_before_anything_else_starts(monkeypatch):
    host = Host(monkeypatch, [])
    done = converge.up(STACK)
    assert host.done == ["up --detach --wait db", "databases of db", "up --detach --remove-orphans"]
    assert done.databases == ["db/app"] and done.changed


DB = Container("1", "running", "db", "Up (healthy)")


def test_a_server_that_serves_already_is_not_waited_for(monkeypatch):
    host = Host(monkeypatch, [DB, Container("2", "exited", "web", "Exited (1)")])
    converge.up(STACK)
    assert host.done == ["databases of db", "up --detach --remove-orphans"]


def test_where_all_is_well_containers_are_compared_and_nothing_is_started(monkeypatch):
    host = Host(monkeypatch, [DB, Container("2", "running", "web", "Up (healthy)")])
    assert not converge.up(dict(STACK, databases=[])).started
    assert host.done == ["databases of ", "create --remove-orphans"]


def test_a_container_that_was_replaced_is_started(monkeypatch):
    host = Host(monkeypatch, [DB])
    listings = iter([[DB], [DB, Container("3", "created", "web", "Created")], [DB]])
    monkeypatch.setattr(compose, "containers", lambda project: next(listings))
    converge.up(STACK)
    assert host.done == ["databases of db", "create --remove-orphans", "up --detach --remove-orphans"]


def test_when_no_container_is_to_blame_the_reason_is_what_compose_said(monkeypatch):
    Host(monkeypatch, [], fails=" Network t_default  Creating\nError response from daemon: no such image: x:1\n")
    with pytest.raises(converge.ConvergeFailed) as failed:
        converge.up(STACK)
    assert str(failed.value) == "Error response from daemon: no such image: x:1"
