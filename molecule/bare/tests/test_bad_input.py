"""Bad input is refused before anything on the host has changed, in one report that names settings and services."""

from __future__ import annotations

import pytest
from support import playbook, tree

GOOD_SERVICE = {"name": "extra", "image": "depot.test:5000/photosync/nginx:1"}

# Variables, and the words that the report must hold: the setting, the service where one is concerned.
BAD = {
    "placeholder secret": (
        {
            "stack_secrets": {
                "immich_db_password": "CHANGE_ME",
                "custom_db_password": "x" * 24,
                "backup_repository_password": "y" * 24,
            }
        },
        ["immich_db_password", "immich-postgres"],
    ),
    "malformed domain": ({"stack_domain": "photos..example"}, ["stack_domain", "photos..example"]),
    "missing media path": ({"stack_media_path": "/srv/nowhere"}, ["stack_media_path", "/srv/nowhere", "immich-server"]),
    "duplicate service": ({"catalogue_services": [GOOD_SERVICE, GOOD_SERVICE]}, ["catalogue_services", "extra"]),
    "dependency cycle": (
        {
            "catalogue_services": [
                dict(GOOD_SERVICE, name="one", depends_on={"two": {}}),
                dict(GOOD_SERVICE, name="two", depends_on={"one": {}}),
            ]
        },
        ["depends_on", "one", "two"],
    ),
    "reservations that do not fit": (
        {"catalogue_services": [dict(GOOD_SERVICE, deploy={"resources": {"reservations": {"memory": "900G"}}})]},
        ["reservations", "extra", "900"],
    ),
    "production without a place for backups": ({"backup_repository": ""}, ["backup_repository", "backup_enabled"]),
    "port 80 held by another process": ({}, ["80", "caddy", "python3"]),
}


@pytest.fixture(scope="module", autouse=True)
def media_folder(host):
    host.check_output("mkdir -p /srv/photos")


@pytest.fixture
def port_80_held(host):
    host.check_output("systemd-run --unit=holder python3 -m http.server 80")
    yield
    host.check_output("systemctl stop holder")


def assert_refused(host, variables, words):
    before = tree.of(host)
    refused = playbook.run("site", "bare", variables)
    assert refused.rc != 0
    assert [word for word in words if word not in refused.output] == []
    assert refused.changed == 0
    assert tree.of(host) == before
    return refused


@pytest.mark.parametrize("kind", [kind for kind in BAD if "port 80" not in kind])
def test_is_refused_by_name_and_leaves_the_host_as_it_was(host, kind):
    assert_refused(host, *BAD[kind])


def test_a_held_port_is_refused_by_name_and_leaves_the_host_as_it_was(host, port_80_held):
    assert_refused(host, *BAD["port 80 held by another process"])


def test_everything_that_is_wrong_is_said_in_one_report(host, port_80_held):
    variables, words = {}, []
    for more, said in BAD.values():
        services = variables.get("catalogue_services", []) + more.get("catalogue_services", [])
        variables.update(more)
        variables["catalogue_services"] = services
        words += said
    refused = assert_refused(host, variables, words)
    assert refused.output.count("fatal:") == 1
