"""An inventory changes the default stack and adds to it, without a copy of it."""

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.entries import combine, merge
from catalogue.stacks import entry_of, resolve, service


@pytest.mark.parametrize(
    ("old", "new", "merged"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1}}, {"a": None}, {"a": None}),
        ({"build": {"context": "x"}}, {"image": "feeds:1"}, {"image": "feeds:1"}),
        ({"image": "feeds:1"}, {"build": {"context": "x"}}, {"build": {"context": "x"}}),
    ],
)
def test_an_override_changes_what_it_names_and_nothing_else(old, new, merged):
    assert merge(old, new) == merged


def test_an_override_leaves_the_order_of_services_alone():
    combined, problems = combine([service("a"), service("b")], [service("c"), {"name": "a", "image": "a:2"}])
    assert ([entry["name"] for entry in combined], problems) == (["a", "b", "c"], [])


def test_one_service_can_get_more_memory():
    changed = {"name": "immich-server", "deploy": {"resources": {"limits": {"memory": "3G"}}}}
    resources = entry_of(resolve(changed), "immich-server")["deploy"]["resources"]
    assert resources["limits"] == {"memory": "3G", "cpus": 2.0, "pids": 1024}
    assert resources["reservations"]["memory"] == "1G"


@pytest.mark.parametrize("no", [False, "no", "false"])
def test_a_service_can_be_switched_off(no):
    catalogue = resolve({"name": "immich-machine-learning", "enabled": no})
    assert catalogue["problems"] == []
    assert "immich-machine-learning" not in {entry["name"] for entry in catalogue["services"]}


def test_what_waits_for_a_service_that_is_switched_off_is_reported():
    problems = resolve({"name": "custom-redis", "enabled": False})["problems"]
    assert {problem["service"] for problem in problems} == {"api-gateway", "grouping-service", "dedup-service"}


def test_every_field_is_there_whether_given_or_not():
    entry = entry_of(resolve(service()), "feeds")
    assert entry["deploy"]["resources"]["limits"]["pids"] == 1024
    assert entry["backup"] == {"volumes": [], "cold": [], "rebuildable": []}
    assert (entry["route"], entry["build"], entry["database_server"]) == (None, None, None)
    assert entry["healthcheck"]["start_interval"] == "500ms"


HEALTHY = {"condition": "service_healthy"}


@pytest.mark.parametrize(
    ("fields", "waits_for"),
    [
        ({"depends_on": ["custom-redis"]}, {"custom-redis": HEALTHY}),
        ({"depends_on": {"custom-redis": {}}}, {"custom-redis": HEALTHY}),
        ({"depends_on": {"custom-redis": None}}, {"custom-redis": HEALTHY}),
        (
            {"depends_on": {"custom-redis": {"condition": "service_started"}}},
            {"custom-redis": {"condition": "service_started"}},
        ),
        ({"databases": [{"server": "custom-postgres", "name": "feeds"}]}, {"custom-postgres": HEALTHY}),
    ],
)
def test_a_service_waits_for_health_unless_it_says_otherwise_also_for_the_servers_of_its_databases(fields, waits_for):
    assert entry_of(resolve(service(**fields)), "feeds")["depends_on"] == waits_for
