"""The Compose files of a release."""

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.caddy import caddy_site
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import (
    CONFIG_LABEL,
    compose_base,
    compose_development,
    compose_production,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import env_files
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits import limits_plan
from catalogue.stacks import resolve, service


def feeds(mode="production", **fields):
    """The Compose service of an entry with these fields."""
    catalogue = resolve(service(**fields), stack_mode=mode)
    assert catalogue["problems"] == []
    return compose_base(catalogue)["services"]["feeds"]


@pytest.fixture(scope="module")
def base(production):
    return compose_base(production, "28.5.1")


@pytest.fixture(scope="module")
def limited(production):
    return compose_production(production, limits_plan(production, {"cpus": 1}))["services"]


def test_every_service_restarts_logs_little_is_checked_and_runs_in_the_stacks_own_cgroup(base):
    for name, found in base["services"].items():
        assert found["restart"] == "unless-stopped", name
        assert found["cgroup_parent"] == "photo-sync.slice", name
        assert found["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}, name
        assert found["healthcheck"]["test"] and found["healthcheck"]["start_interval"] == "500ms", name


@pytest.mark.parametrize(
    ("version", "quick"), [("24.0.9", False), ("25.0.0", True), ("26.1.5+dfsg1", True), ("", True)]
)
def test_a_quick_start_is_asked_of_engines_that_have_it(production, version, quick):
    caddy = compose_base(production, version)["services"]["caddy"]
    assert ("start_interval" in caddy["healthcheck"]) is quick


def test_the_base_publishes_nothing_and_limits_nothing(base):
    assert [name for name, found in base["services"].items() if "ports" in found or "deploy" in found] == []


def test_environment_is_in_files_of_its_own_and_nowhere_else(base, production):
    for name in env_files(production):
        assert base["services"][name]["env_file"] == [f"./env/{name}.env"]
    assert [name for name, found in base["services"].items() if "environment" in found] == []
    assert "quite-long-and-strong" not in str(base)


def test_a_folder_of_the_host_that_is_not_there_is_not_made(base):
    mounts = [
        mount for found in base["services"].values() for mount in found.get("volumes", []) if isinstance(mount, dict)
    ]
    assert {mount["source"] for mount in mounts} == {"/srv/photos", "/opt/photo-sync/config/caddy"}
    assert all(mount["bind"] == {"create_host_path": False} and mount["read_only"] for mount in mounts)


def test_images_that_are_built_are_never_asked_for_at_a_registry(base):
    found = base["services"]["api-gateway"]
    assert found["build"]["context"] == "/opt/photo-sync/source/services/gateway"
    assert (found["image"], found["pull_policy"]) == ("photo-sync/api-gateway:de36e8d32370", "never")


def test_a_dollar_is_a_dollar():
    found = feeds(command=["sh", "-c", "echo $HOME ${A:-b}"], labels={"price": "5$"})
    assert found["command"] == ["sh", "-c", "echo $$HOME $${A:-b}"]
    assert found["labels"]["price"] == "5$$"


def test_fields_of_compose_are_handed_on_as_they_are():
    fields = {"command": "serve", "entrypoint": [], "user": "1001:1001", "shm_size": "128M", "read_only": True}
    fields |= {"init": True, "tmpfs": ["/tmp"], "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
    fields |= {"devices": ["/dev/dri:/dev/dri"], "extra_hosts": ["nas:192.0.2.7"], "stop_grace_period": "60s"}
    fields |= {"healthcheck": {"disable": True}}
    found = feeds(**fields)
    assert {key: found[key] for key in fields} == fields


def test_fields_that_are_not_set_do_not_appear():
    assert set(feeds()) == {"image", "healthcheck", "restart", "cgroup_parent", "logging", "labels"}


def test_production_publishes_the_web_ports_of_the_entry_point_and_nothing_else(limited):
    published = {name: found["ports"] for name, found in limited.items() if "ports" in found}
    assert published == {"caddy": ["80:80", "443:443", "443:443/udp"]}


def test_production_limits_every_service_and_no_more_cores_than_there_are(limited):
    assert limited["immich-server"]["deploy"]["resources"] == {
        "limits": {"memory": "2G", "cpus": "1", "pids": 1024},
        "reservations": {"memory": "1G", "cpus": "1"},
    }
    assert all(found["deploy"]["resources"]["limits"]["memory"] for found in limited.values())


def test_production_limits_the_processes_of_a_service_without_other_limits():
    catalogue = resolve(service())
    made = compose_production(catalogue, limits_plan(catalogue, {"cpus": 4}))
    assert made["services"]["feeds"]["deploy"]["resources"] == {"limits": {"pids": 1024}}


def test_development_publishes_every_service_on_the_hosts_own_address_and_limits_nothing(development):
    services = compose_development(development)["services"]
    assert limits_plan(development, {"cpus": 4}) == {} and "deploy" not in str(services)
    ports = [port for found in services.values() for port in found["ports"]]
    assert len(services) == len(development["services"]) == len(set(ports))
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_development_may_run_another_command():
    catalogue = resolve(service(dev={"command": ["serve", "--reload"]}), stack_mode="development")
    assert compose_development(catalogue)["services"]["feeds"] == {"command": ["serve", "--reload"]}


def test_development_says_what_a_change_of_the_sources_does_and_production_says_nothing_of_it():
    watch = [{"action": "sync", "path": "src", "target": "/app/src", "ignore": ["tests/"]}, {"action": "rebuild"}]
    entry = service(image=None, build={"context": "services/feeds"}, dev={"watch": watch})
    catalogue = resolve(entry, stack_mode="development")
    assert catalogue["problems"] == []
    folder = "/opt/photo-sync/source/services/feeds"
    assert compose_development(catalogue)["services"]["feeds"]["develop"]["watch"] == [
        {"action": "sync", "path": f"{folder}/src", "target": "/app/src", "ignore": ["tests/"]},
        {"action": "rebuild", "path": folder},
    ]
    production = resolve(entry)
    assert "develop" not in str(compose_base(production))
    assert "develop" not in str(compose_production(production, limits_plan(production, {"cpus": 4})))


def test_sources_in_a_folder_of_the_hosts_own_are_watched_there():
    entry = service(image=None, build={"context": "feeds"}, dev={"watch": [{"action": "rebuild"}]})
    catalogue = resolve(entry, stack_mode="development", stack_source_path="/home/me/work")
    assert compose_development(catalogue)["services"]["feeds"]["develop"] == {
        "watch": [{"action": "rebuild", "path": "/home/me/work/feeds"}]
    }


def test_the_entry_point_alone_sees_the_root_of_its_authority_and_cannot_write_it():
    catalogue = resolve(stack_acme_ca="https://ca.lan/directory", stack_acme_ca_root="/etc/ssl/family.crt")
    mounts = {name: service.get("volumes", []) for name, service in compose_base(catalogue)["services"].items()}
    found = [(name, mount) for name in mounts for mount in mounts[name] if "family.crt" in str(mount)]
    ((service, mount),) = found
    assert (service, mount["source"], mount["read_only"]) == ("caddy", "/etc/ssl/family.crt", True)
    assert mount["target"] == caddy_site(catalogue)["acme_ca_root"]


def digest_of(mode="production", plan=None, **fields):
    """The digest that the container of an entry with these fields carries."""
    return compose_base(resolve(service(**fields), stack_mode=mode), "", plan)["services"]["feeds"]["labels"][
        CONFIG_LABEL
    ]


@pytest.mark.parametrize(
    ("changed", "another"),
    [
        ({"image": "feeds:2"}, True),
        ({"environment": {"LEVEL": "debug"}}, True),
        ({"command": ["serve"]}, True),
        ({"labels": {"a": "b"}}, True),
        ({"mode": "development", "dev": {"command": "watch"}}, True),
        ({"plan": {"feeds": {"limits": {"memory": "1G"}, "reservations": {}}}}, True),
        ({"depends_on": {"web-ui": {"condition": "service_healthy"}}}, False),
        ({"route": {"paths": ["/feeds/*"], "port": 80}}, False),
        ({"migrates_data": True}, False),
    ],
    ids=str,
)
def test_a_container_carries_the_digest_of_all_that_it_is_made_of_and_of_nothing_else(changed, another):
    assert (digest_of(**changed) != digest_of()) is another


def test_a_volume_that_keeps_another_name_is_called_so_and_its_container_is_made_anew():
    catalogue = resolve(stack_volumes={"immich-data": "photos_immich-data"})
    assert catalogue["problems"] == []
    before, after = compose_base(resolve()), compose_base(catalogue)
    assert before["name"] == "photo-sync" and before["volumes"]["immich-data"] == {"name": "photo-sync_immich-data"}
    assert after["volumes"]["immich-data"] == {"name": "photos_immich-data"}
    assert after["volumes"]["immich-pgdata"] == {"name": "photo-sync_immich-pgdata"}
    labels = [{name: one["labels"][CONFIG_LABEL] for name, one in made["services"].items()} for made in (before, after)]
    assert [name for name in labels[0] if labels[0][name] != labels[1][name]] == ["immich-server"]
