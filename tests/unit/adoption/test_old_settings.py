# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of today's deployment reach the inventory under its own names, and no password does."""

from __future__ import annotations

import pytest
from adoption.conftest import bind, container, deployment
from ansible_collections.photosync.vps.plugins.module_utils.adoption.images import version_of
from ansible_collections.photosync.vps.plugins.module_utils.adoption.settings import parse_env, settings_of
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.image import parse_probe
from ansible_collections.photosync.vps.plugins.plugin_utils.adoption import adopted_variables

PROD = """
# Production
DOMAIN=photos.my-family.net
ACME_EMAIL="admin@my-family.net"   # who is told
export LOG_LEVEL=warning
IMMICH_DB_PASSWORD=a-secret-of-immich
CUSTOM_DB_PASSWORD='another secret'
MEDIA_PATH=/mnt/nas/photos/
PHASH_THRESHOLD=0.9
BROKEN='no end
"""


def found(files=PROD, *containers, version=""):
    """The settings, by variable."""
    settings = settings_of(deployment(*containers), {".env.prod": parse_env(files)}, version)
    return {setting.variable: setting.value for setting in settings}


def test_every_setting_of_the_production_file_has_a_place():
    assert found() == {
        "stack_domain": "photos.my-family.net",
        "stack_acme_email": "admin@my-family.net",
        "stack_media_path": "/mnt/nas/photos",
        "stack_log_level": "warn",
        "stack_settings.phash_threshold": 0.9,
    }


def test_no_password_is_among_the_settings():
    server = container("immich-server", DB_PASSWORD="a-secret-of-immich")
    assert "secret" not in str(found(PROD, server))


def test_what_runs_counts_more_than_what_a_file_says():
    dedup = container("dedup-service", PHASH_THRESHOLD="0.8")
    server = container("immich-server", mounts=[bind("/srv/library", "/data/photos")])
    settings = found(PROD, dedup, server)
    assert settings["stack_settings.phash_threshold"] == 0.8
    assert settings["stack_media_path"] == "/srv/library"


@pytest.mark.parametrize("domain", ["photos.yourdomain.com", "CHANGE_ME", "localhost", ":80", "photos.example.com", ""])
def test_a_placeholder_is_no_setting(domain):
    assert "stack_domain" not in found(f"DOMAIN={domain}\n")


@pytest.mark.parametrize("domain", ["https://photos.my-family.net", "https://photos.my-family.net/"])
def test_a_domain_with_a_scheme_is_taken_without_it(domain):
    assert found(f"DOMAIN={domain}\n")["stack_domain"] == "photos.my-family.net"


@pytest.mark.parametrize("line", ["PHASH_THRESHOLD=much", "PHASH_THRESHOLD=95", "LOG_LEVEL=loud", "MEDIA_PATH=photos"])
def test_a_value_that_means_nothing_here_is_left_out(line):
    assert found(line) == {}


def test_production_counts_more_than_the_file_that_compose_loads_unasked():
    files = {".env": {"DOMAIN": "dev.my-family.net"}, ".env.prod": {"DOMAIN": "photos.my-family.net"}}
    assert settings_of(deployment(), files)[0].value == "photos.my-family.net"
    assert settings_of(deployment(), {".env": files[".env"]})[0].origin == ".env"


@pytest.mark.parametrize(
    ("reference", "variables", "labels", "version"),
    [
        ("ghcr.io/immich-app/immich-server:v2.7.5", [], {}, "v2.7.5"),
        ("ghcr.io/immich-app/immich-server:v2.7.5@sha256:abc", [], {}, "v2.7.5"),
        ("ghcr.io/immich-app/immich-server:release", ["IMMICH_SOURCE_REF=v2.7.4"], {}, "v2.7.4"),
        ("immich-server:release", [], {"org.opencontainers.image.version": "2.7.3"}, "v2.7.3"),
        ("immich-server:release", ["IMMICH_SOURCE_REF=main"], {"org.opencontainers.image.version": "release"}, ""),
        ("registry:5000/immich-server", [], {}, ""),
    ],
)
def test_a_floating_version_is_resolved_by_the_image_that_runs(reference, variables, labels, version):
    assert version_of(reference, {"Config": {"Env": variables, "Labels": labels}}) == version


@pytest.mark.parametrize(
    ("text", "major", "libc", "program"),
    [
        (
            "postgres (PostgreSQL) 14.19 (Debian 14.19-1.pgdg12+1)\n/usr/lib/postgresql/14/bin/postgres\nglibc 2.36\n",
            14,
            "glibc 2.36",
            "/usr/lib/postgresql/14/bin/postgres",
        ),
        ("postgres (PostgreSQL) 14.23\n/usr/local/bin/postgres\nmusl\n", 14, "musl", "/usr/local/bin/postgres"),
        ("postgres (PostgreSQL) 17beta1\n/usr/local/bin/postgres\nunknown\n", 17, "", "/usr/local/bin/postgres"),
        ("", 0, "", ""),
    ],
)
def test_an_image_tells_version_and_c_library(text, major, libc, program):
    known = parse_probe(text)
    assert (known.major, known.libc, known.program) == (major, libc, program)


def setting(variable, value, origin=".env.prod"):
    return {"variable": variable, "value": value, "origin": origin}


OLD = [
    setting("stack_domain", "photos.my-family.net"),
    setting("stack_media_path", "/mnt/nas/photos"),
    setting("stack_settings.phash_threshold", 0.9),
    setting("stack_settings.cache_expiry", 300),
]


@pytest.mark.parametrize("domain", [None, "", "photos.example.com"])
def test_the_inventory_is_told_what_it_does_not_say_itself(domain):
    told = adopted_variables(OLD, {"stack_domain": domain, "stack_media_path": "/srv/photos"})
    assert told["variables"] == {
        "stack_domain": "photos.my-family.net",
        "stack_media_path": "/mnt/nas/photos",
        "stack_settings": {"phash_threshold": 0.9},
    }
    assert "stack_domain: photos.my-family.net (.env.prod)" in told["lines"]


def test_what_the_inventory_says_counts_and_the_difference_is_told():
    told = adopted_variables(OLD[:1], {"stack_domain": "new.my-family.net"})
    assert told["variables"] == {}
    assert told["lines"] == [
        "stack_domain: new.my-family.net, as the inventory says; the old deployment has photos.my-family.net"
    ]


def test_settings_of_the_inventorys_own_stay_beside_the_old_ones():
    told = adopted_variables(OLD, {"stack_domain": "photos.my-family.net", "stack_settings": {"cache_expiry": 60}})
    assert told["variables"]["stack_settings"] == {"cache_expiry": 60, "phash_threshold": 0.9}


def test_an_example_of_an_address_for_mail_is_replaced_too():
    told = adopted_variables([setting("stack_acme_email", "a@b.net")], {"stack_acme_email": "you@example.com"})
    assert told["variables"] == {"stack_acme_email": "a@b.net"}


def test_volumes_that_are_called_after_the_stack_need_no_mention():
    decided = {"immich-data": "server_immich-data", "custom-pgdata": "photo-sync_custom-pgdata"}
    before = {"stack_volumes": {"custom-pgdata": "server_custom-pgdata"}}
    told = adopted_variables([], before, known={**before, "stack_domain": "a.net"}, volumes=decided, stack="photo-sync")
    assert told["variables"] == {"stack_domain": "a.net", "stack_volumes": {"immich-data": "server_immich-data"}}


def test_the_plan_says_what_is_written_where_and_what_has_to_be_said():
    told = adopted_variables(OLD[:1], {}, stack="photo-sync", file="/i/host_vars/web1/adopted.yml", confirm="p@web1")
    assert told["plan"] == [
        *("", "settings, in /i/host_vars/web1/adopted.yml:", "  stack_domain: photos.my-family.net (.env.prod)", ""),
        "a copy of its settings and databases is made in /var/lib/photo-sync/adopted first",
        "passwords become those of stack_secrets",
        "to do it: -e adopt_confirm=p@web1",
    ]
    assert len(adopted_variables([], {})["plan"]) == 4
