"""The stack that is deployed by default: what PHOTO-SYNC asks of each service."""

import re

import pytest
from catalogue.stacks import entry_of, resolve

# Memory and CPU limit, memory and CPU reservation, and what it waits for.
SERVICES = {
    "caddy": ("256M", 0.5, "64M", None, "web-ui api-gateway"),
    "web-ui": ("128M", 0.5, "64M", None, ""),
    "api-gateway": ("512M", 1.0, "256M", 0.5, "custom-redis"),
    "grouping-service": ("1G", 1.0, "512M", 0.5, "custom-postgres custom-redis"),
    "dedup-service": ("2G", 2.0, "1G", 1.0, "custom-postgres custom-redis"),
    "custom-postgres": ("1G", 1.0, "512M", 0.5, ""),
    "custom-redis": ("256M", 0.5, "128M", 0.25, ""),
    "immich-server": ("2G", 2.0, "1G", 1.0, "immich-postgres immich-redis"),
    "immich-machine-learning": ("4G", 2.0, "2G", 1.0, ""),
    "immich-postgres": ("1G", 1.0, "512M", 0.5, ""),
    "immich-redis": ("512M", 0.5, "256M", 0.25, ""),
}
ENVIRONMENT = {
    "api-gateway": "PORT NODE_ENV LOG_LEVEL CACHE_EXPIRY REDIS_URL "
    "IMMICH_API_URL GROUPING_API_URL DEDUPLICATION_API_URL",
    "grouping-service": "DATABASE_URL LOG_LEVEL MEDIA_PATH",
    "dedup-service": "DATABASE_URL LOG_LEVEL MEDIA_PATH PHASH_THRESHOLD",
}


@pytest.mark.parametrize("mode", ["production", "development"])
def test_a_domain_an_address_and_two_secrets_are_all_that_it_needs(mode):
    assert resolve(stack_mode=mode)["problems"] == []


def test_these_are_its_services(production):
    assert {entry["name"] for entry in production["services"]} == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_its_limits_and_waits_until_what_it_needs_is_healthy(production, name):
    entry = entry_of(production, name)
    asked = [
        entry["deploy"]["resources"][kind][what] for kind in ("limits", "reservations") for what in ("memory", "cpus")
    ]
    *resources, waits_for = SERVICES[name]
    assert asked == resources
    assert entry["depends_on"] == dict.fromkeys(waits_for.split(), {"condition": "service_healthy"})


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_service_gets_the_variables_that_its_code_reads(production, name):
    assert set(entry_of(production, name)["environment"]) == set(ENVIRONMENT[name].split())


@pytest.mark.parametrize("name", ["immich-server", "grouping-service", "dedup-service"])
def test_the_media_folder_is_mounted_read_only(name):
    catalogue = resolve(stack_media_path="/mnt/nas/photos")
    assert "/mnt/nas/photos:/data/photos:ro" in entry_of(catalogue, name)["volumes"]


def test_every_image_is_pinned_by_digest(production):
    images = [entry["image"] for entry in production["services"] if not entry["build"]]
    assert [image for image in images if not re.search(r"@sha256:[0-9a-f]{64}$", image)] == []


@pytest.mark.parametrize("version", ["release", "latest", "main"])
def test_a_version_that_floats_is_refused_in_production(version):
    problems = resolve(stack_settings={"immich_version": version})["problems"]
    assert {problem["service"] for problem in problems} == {"immich-server", "immich-machine-learning"}


def test_another_immich_version_is_not_tied_to_the_digest_of_the_default():
    catalogue = resolve(stack_settings={"immich_version": "v2.8.0"})
    assert catalogue["problems"] == []
    assert entry_of(catalogue, "immich-server")["image"] == "ghcr.io/immich-app/immich-server:v2.8.0"
    assert entry_of(catalogue, "immich-machine-learning")["image"].endswith("/immich-machine-learning:v2.8.0")


def test_images_of_the_two_modes_never_pass_for_each_other(production, development):
    assert entry_of(production, "web-ui")["image"] == "photo-sync/web-ui:de36e8d32370"
    images = {entry["image"] for entry in production["services"] if entry["build"]}
    assert images and not images & {entry["image"] for entry in development["services"]}
    assert entry_of(development, "web-ui")["image"] == "photo-sync/web-ui:de36e8d32370-development"
    long = resolve(stack_mode="development", stack_source_version="v" * 200)
    assert len(long["stack"]["source"]["tag"]) == 128


@pytest.mark.parametrize(("mode", "level"), [("production", "INFO"), ("development", "DEBUG")])
def test_services_log_more_in_development_unless_told_otherwise(mode, level):
    assert entry_of(resolve(stack_mode=mode), "dedup-service")["environment"]["LOG_LEVEL"] == level
    told = resolve(stack_mode=mode, stack_log_level="error")
    assert entry_of(told, "dedup-service")["environment"]["LOG_LEVEL"] == "ERROR"


def test_in_development_every_service_that_is_built_takes_over_changes_of_its_source(development):
    watched = {entry["name"]: [rule["action"] for rule in entry["dev"]["watch"]] for entry in development["services"]}
    assert {name: actions for name, actions in watched.items() if actions} == {
        "web-ui": ["rebuild"],
        "api-gateway": ["rebuild"],
        "grouping-service": ["sync+restart", "rebuild", "rebuild"],
        "dedup-service": ["sync+restart", "rebuild", "rebuild"],
    }


def test_a_service_that_is_pulled_instead_of_built_has_no_sources_to_watch():
    catalogue = resolve({"name": "web-ui", "image": "mirror.my-family.net/web-ui:1.4.2"}, stack_mode="development")
    assert catalogue["problems"] == []
    web = entry_of(catalogue, "web-ui")
    assert web["dev"]["watch"] == [] and web["dev"]["ports"] == ["8080:80"]
    assert web["build"] is None and web["image"] == "mirror.my-family.net/web-ui:1.4.2"


def test_a_password_with_special_characters_survives_in_a_url(production):
    url = entry_of(production, "dedup-service")["environment"]["DATABASE_URL"]
    assert url == "postgresql://postgres:also%2Flong%2Bstrong%40enough@custom-postgres:5432/deduplication"


def test_the_gateway_is_judged_by_itself_and_not_by_what_is_behind_it(production):
    gateway = entry_of(production, "api-gateway")
    assert not any("/health" in word for word in gateway["healthcheck"]["test"])
    assert gateway["route"]["health"]["uri"] != "/health"


def test_a_further_service_takes_one_entry_and_nothing_else():
    password = "{{ catalogue_settings.secrets.custom_db_password }}"
    analysis = {
        "name": "analysis",
        "build": {"context": "services/analysis"},
        "environment": {"DATABASE_URL": f"postgresql://postgres:{password}@custom-postgres:5432/analysis"},
        "secrets": ["custom_db_password"],
        "volumes": ["/srv/photos:/data/photos:ro"],
        "healthcheck": {"test": ["CMD", "nc", "-z", "127.0.0.1", "8002"]},
        "databases": [{"server": "custom-postgres", "name": "analysis"}],
        "deploy": {"resources": {"limits": {"memory": "1G"}, "reservations": {"memory": "512M"}}},
    }
    catalogue = resolve(analysis)
    assert catalogue["problems"] == []
    assert entry_of(catalogue, "analysis")["depends_on"] == {"custom-postgres": {"condition": "service_healthy"}}
    assert len(catalogue["services"]) == len(SERVICES) + 1
