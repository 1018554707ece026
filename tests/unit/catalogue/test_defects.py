"""Each defect of the shell-and-compose deployment, as far as it can be seen before anything runs, cannot come back."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.caddy import caddy_site
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import (
    compose_base,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import env_files
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.health import health_targets
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits import limits_plan
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.spec import stack_spec
from catalogue.stacks import resolve, service


def test_defect_1_backups_and_containers_mean_the_same_volumes(production):
    mounted = {volume["name"] for volume in compose_base(production)["volumes"].values()}
    saved = {volume["docker_name"] for volume in stack_spec(production, "1")["volumes"]}
    assert saved == mounted


def test_defect_2_a_volume_cannot_be_forgotten():
    problems = resolve(service(volumes=["feeds-data:/data"]))["problems"]
    assert [(problem["service"], problem["setting"]) for problem in problems] == [("feeds", "backup")]


def test_defect_4_the_domain_and_the_address_for_certificates_reach_caddy(production):
    site = caddy_site(production)
    assert (site["address"], site["email"]) == ("photos.my-family.net", "admin@my-family.net")


def test_defect_4_every_variable_of_production_is_in_a_file_that_compose_loads(production):
    services = compose_base(production)["services"]
    assert all(services[name]["env_file"] == [f"./env/{name}.env"] for name in env_files(production))


@pytest.mark.parametrize("mode", ["production", "development"])
def test_defect_5_each_mode_has_a_configuration_of_its_own_for_caddy(mode):
    assert (caddy_site(resolve(stack_mode=mode))["address"] == ":80") is (mode == "development")


def test_defect_6_the_public_health_address_is_answered_by_the_gateway(production):
    first = caddy_site(production)["handles"][0]
    assert "/health" in first["paths"]
    assert first["upstream"] == "api-gateway:3000"
    probe = next(target for target in health_targets(production) if target.get("url", "").endswith("/health"))
    assert probe["json"] == {"status": "ok"}


@pytest.mark.parametrize("version", ["release", "latest", "main"])
def test_defect_8_a_version_that_floats_is_refused_in_production(version):
    problems = resolve(stack_settings={"immich_version": version})["problems"]
    assert {problem["service"] for problem in problems} == {"immich-server", "immich-machine-learning"}


def test_defect_10_the_memory_that_services_are_promised_can_be_added_up(production):
    plan = limits_plan(production, {"cpus": 4})
    promised = sum(found["reservations"]["memory_bytes"] for found in plan.values())
    assert promised == 6400 * 1024**2
