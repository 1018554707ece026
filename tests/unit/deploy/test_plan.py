"""What a deployment says that it will do, before it does it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.deploy.diff import Step, changes, plan, render
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import Container
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Fingerprint, ReverseProxy, Service, Spec


def service(name, digest="d1", image="web:1", **fields):
    return Service(name, image, config=Fingerprint(digest, {"image": image, **fields}))


def spec(*services, front=None):
    return Spec("small", "/var/lib/small", services=list(services), entry_point=front and ReverseProxy(front, "/etc"))


def running(name, config="d1"):
    return Container("1", "running", name, "Up (healthy)", config)


def test_a_service_that_is_as_the_release_says_is_kept():
    assert plan(spec(service("web")), [running("web")]) == [Step("web", "keep")]


@pytest.mark.parametrize(
    ("status", "action", "why"),
    [
        ("Exited (0) 2 hours ago", "keep", ""),
        ("Exited (3) 2 hours ago", "restart", "it failed (Exited (3) 2 hours ago)"),
    ],
)
def test_a_job_that_ended_well_is_kept_and_one_that_failed_is_told(status, action, why):
    job = replace(service("migrate"), job=True)
    ended = Container("1", "exited", "migrate", status, "d1")
    assert plan(spec(job), [ended]) == [Step("migrate", action, why)]


def test_a_job_that_changed_runs_again():
    job = replace(service("migrate", "d2"), job=True)
    (step,) = plan(spec(job), [Container("1", "exited", "migrate", "Exited (0) now", "d1")])
    assert step.action == "restart"


def test_a_service_without_a_container_is_created():
    assert plan(spec(service("web")), []) == [Step("web", "create", "there is no container of it")]


def test_a_restart_names_every_field_that_is_different_and_no_value():
    before = service("web", "d1", "web:1", **{"environment A": "1", "environment B": "1", "command": "1"})
    after = service("web", "d2", "web:2", **{"environment A": "2", "environment C": "1", "command": "1"})
    (step,) = plan(spec(after), [running("web")], [before])
    assert step.action == "restart"
    assert step.why == "environment A changes, environment B is gone, environment C is new, image web:1 → web:2"


def test_a_container_of_which_nothing_is_known_is_restarted_with_that_reason():
    (step,) = plan(spec(service("web", "d2")), [running("web", "")])
    assert step == Step("web", "restart", "made of another release")


def test_a_container_that_does_not_run_is_restarted():
    stopped = Container("1", "exited", "web", "Exited (0)", "d1")
    assert plan(spec(service("web")), [stopped]) == [Step("web", "restart", "it does not run (exited)")]


def test_an_entry_point_reloads_a_changed_configuration_unless_it_is_replaced_anyway():
    release = spec(service("caddy"), front="caddy")
    assert plan(release, [running("caddy")], proxy_changed=True)[0].action == "reload"
    assert plan(release, [running("caddy")])[0].action == "keep"
    assert plan(release, [running("caddy", "d0")], proxy_changed=True)[0].action == "restart"


def test_what_the_release_has_no_more_is_removed():
    steps = plan(spec(service("web")), [running("web"), running("old")])
    assert changes(steps) == [Step("old", "remove", "the release has it no more")]


def test_the_plan_is_a_table_for_people():
    assert render([Step("web", "restart", "command changes")])[1] == "web      restart  command changes"
