"""All that the engine on the host knows of a stack."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import SCHEMA
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import CONFIG_LABEL, compose_base
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.fingerprints import LENGTH
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.spec import stack_spec
from catalogue.stacks import SETTINGS, resolve, service


@pytest.fixture(scope="module")
def document(production):
    return stack_spec(production)


def test_every_volume_is_dumped_saved_or_knowingly_left(document):
    assert all(volume["docker_name"] == f"photo-sync_{volume['name']}" for volume in document["volumes"])
    assert {volume["name"]: volume["backup"] for volume in document["volumes"]} == {
        "caddy_config": "rebuildable",
        "caddy_data": "files",
        "custom-pgdata": "database",
        "immich-data": "files",
        "immich-ml-cache": "rebuildable",
        "immich-pgdata": "database",
    }


def test_backups_follow_a_volume_that_keeps_another_name():
    volumes = stack_spec(resolve(stack_volumes={"immich-data": "photos_immich-data"}), "1")["volumes"]
    names = {volume["name"]: volume["docker_name"] for volume in volumes}
    assert names["immich-data"] == "photos_immich-data"
    assert names["immich-pgdata"] == "photo-sync_immich-pgdata"


def test_who_writes_to_a_volume_stands_still_for_its_cold_copy_and_who_reads_goes_on():
    writer = service("wiki", volumes=["wiki:/data"], backup={"cold": ["wiki"]})
    reader = service("search", volumes=["wiki:/data:ro"])
    volumes = {volume["name"]: volume for volume in stack_spec(resolve(writer, reader), "1")["volumes"]}
    assert (volumes["wiki"]["backup"], volumes["wiki"]["writers"]) == ("cold", ["wiki"])
    assert volumes["wiki"]["services"] == ["wiki", "search"]
    assert "writers" not in volumes["immich-data"]


def test_every_database_is_listed_with_its_server(document):
    assert [(server["service"], server["user"], server["names"]) for server in document["databases"]] == [
        ("custom-postgres", "postgres", ["deduplication", "grouping"]),
        ("immich-postgres", "postgres", ["immich"]),
    ]


@pytest.mark.parametrize(
    ("fields", "job"),
    [
        ({"restart": "no", "healthcheck": {"disable": True}}, True),
        ({"restart": "on-failure", "healthcheck": {"disable": True}}, True),
        ({"restart": "no"}, False),
        ({"healthcheck": {"disable": True}}, False),
    ],
)
def test_a_job_is_what_docker_does_not_start_again_and_nobody_asks_how_it_is(fields, job):
    described = stack_spec(resolve(service("migrate", **fields)))
    found = {entry["name"]: entry for entry in described["services"]}["migrate"]
    target = {entry["name"]: entry for entry in described["health_targets"]}["migrate"]
    assert found.get("job", False) is job
    assert ("min_uptime" in target) is job


def test_what_no_backup_holds_is_named_with_the_reason(document):
    assert document["left_out"] == [{"what": "/srv/photos", "why": "media folder, kept by its own storage"}]
    assert not any("job" in entry for entry in document["services"])
    own = stack_spec(resolve(service(volumes=["/srv/feeds:/data"])))
    assert "/srv/feeds" in {left["what"] for left in own["left_out"]}


def test_the_root_of_an_authority_is_left_out_and_named():
    catalogue = resolve(stack_acme_ca="https://ca.lan/directory", stack_acme_ca_root="/etc/ssl/family.crt")
    document = stack_spec(catalogue)
    reasons = {left["what"]: left["why"] for left in document["left_out"]}
    assert document["entry_point"]["mounts"] == ["/etc/ssl/family.crt:/etc/ssl/acme-ca-root.crt:ro"]
    assert reasons["/etc/ssl/family.crt"] == "root of the certificate authority, a file of the host"


def test_it_holds_no_secret_and_neither_password_nor_hash_of_the_people_who_may_see_the_site(document):
    catalogue = resolve(stack_basic_auth={"alice": "wonderland-1865"})
    shown = str(stack_spec(catalogue, "1"))
    people = catalogue["basic_auth"]["people"]
    secret = [*SETTINGS["stack_secrets"].values(), catalogue["basic_auth"]["probe"]]
    secret += [person[key] for person in people for key in ("password", "hash")]
    assert [one for one in secret if one in shown] == []
    assert document["schema"] == SCHEMA and document["collection_version"]


def test_the_entry_point_is_named_with_the_folder_of_its_configuration(document):
    wanted = {"service": "caddy", "config_dir": "/opt/photo-sync/config/caddy", "mounts": []}
    assert document["entry_point"] == wanted
    assert stack_spec(resolve(service(), catalogue_photo_sync=False))["entry_point"] is None


def test_services_say_whether_they_are_built_and_what_they_wait_for(document):
    services = {entry["name"]: entry for entry in document["services"]}
    assert services["api-gateway"]["build"]["source"] == {"git": "/opt/photo-sync/source"}
    assert services["immich-server"]["build"] is None
    assert services["api-gateway"]["depends_on"] == ["custom-redis"]
    assert services["immich-server"]["migrates_data"]


def test_every_service_says_what_its_container_is_made_of_field_by_field_and_no_value(document, production):
    found = {entry["name"]: entry["config"] for entry in document["services"]}
    assert {"image", "healthcheck", "environment DB_PASSWORD"} <= set(found["immich-server"]["fields"])
    assert {len(value) for config in found.values() for value in config["fields"].values()} == {LENGTH}
    labels = {name: made["labels"][CONFIG_LABEL] for name, made in compose_base(production)["services"].items()}
    assert {name: config["digest"] for name, config in found.items()} == labels
