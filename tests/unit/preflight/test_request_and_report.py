# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a catalogue to what is asked of the host, and from problems to the report that a person reads."""

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.report import note_line, preflight_report
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.request import preflight_request


def entry(name, image="x:1", *, ports=(), volumes=(), dev=(), reserves=None, least=None, build=None):
    resources = {"reservations": {"memory": reserves}, "minimum": {"memory": least}}
    known = {"name": name, "image": image, "build": build, "ports": list(ports), "volumes": list(volumes)}
    return {**known, "dev": {"ports": list(dev)}, "deploy": {"resources": resources}}


PORTS = ["80:80", "443:443", "192.0.2.7:443:443/udp"]
CADDY = entry("caddy", "caddy:2.11", ports=PORTS, dev=["8000:80"], reserves="64M", least="32M")
MEDIA = ["/srv/photos:/data/photos:ro", "/srv/photos-old:/old"]
SERVER = entry("immich-server", volumes=MEDIA, dev=["2283:2283"], reserves="1G")
BUILD = {"base_images": {"node:20-alpine": "node:20-alpine"}, "recipe": ""}
ALBUM = entry("album", "photo-sync/album:de36e8d32370", build=BUILD, volumes=["/srv/photos/album:/album:ro"])


def catalogue(*services, mode="production", tls="acme", acme_ca=""):
    """Return as much of a resolved catalogue as is read."""
    stack = {
        "name": "photo-sync",
        "mode": mode,
        "media_path": "/srv/photos",
        "domain": "photos.my-family.net",
        "tls": tls,
        "acme_ca": acme_ca,
        "acme_ca_root": "/etc/ssl/family.crt",
        "build": {"base_images": {"node:20-alpine": "mirror.test/node:20", "python:3.11": "mirror.test/python:3.11"}},
    }
    return {"stack": stack, "services": list(services)}


def test_production_asks_for_the_published_ports_only():
    asked = preflight_request(catalogue(CADDY, SERVER))
    assert asked["ports"] == [
        {"service": "caddy", "port": 80, "protocol": "tcp", "address": ""},
        {"service": "caddy", "port": 443, "protocol": "tcp", "address": ""},
        {"service": "caddy", "port": 443, "protocol": "udp", "address": "192.0.2.7"},
    ]


def test_development_asks_for_every_services_port_on_the_loopback_address_and_for_no_memory():
    asked = preflight_request(catalogue(CADDY, SERVER, mode="development"))
    assert [(port["port"], port["address"]) for port in asked["ports"]] == [(8000, "127.0.0.1"), (2283, "127.0.0.1")]
    assert asked["reservations"] == asked["minimums"] == {}


@pytest.mark.parametrize(
    ("settings", "root", "domain"),
    [
        ({}, "/etc/ssl/family.crt", "photos.my-family.net"),
        ({"tls": "internal"}, "", ""),
        ({"mode": "development"}, "", ""),
        ({"acme_ca": "https://ca.my-family.net/directory"}, "/etc/ssl/family.crt", ""),
    ],
    ids=["acme", "internal", "development", "an authority of one's own"],
)
def test_the_root_matters_where_an_authority_is_asked_and_the_domain_where_it_is_a_public_one(settings, root, domain):
    request = preflight_request(catalogue(CADDY, **settings))
    assert (request["acme_ca_root"], request["domain"]) == (root, domain)


def test_only_who_mounts_the_media_folder_or_a_part_of_it_needs_it():
    neighbour = entry("neighbour", volumes=["/srv/photos-old:/old"])
    assert preflight_request(catalogue(CADDY, SERVER, ALBUM, neighbour))["media_services"] == ["immich-server", "album"]


def test_memory_is_asked_for_in_bytes():
    asked = preflight_request(catalogue(CADDY, SERVER, ALBUM))
    assert asked["reservations"] == {"caddy": 64 * 1024**2, "immich-server": 1024**3}
    assert asked["minimums"] == {"caddy": 32 * 1024**2, "immich-server": 1024**3}


def test_images_are_asked_for_and_those_to_build_with_only_while_what_they_build_is_missing():
    assert preflight_request(catalogue(CADDY, ALBUM))["images"] == [
        {"service": "caddy", "image": "caddy:2.11"},
        {"service": "album", "image": "mirror.test/node:20", "built": "photo-sync/album"},
    ]


def test_sizes_of_other_settings_come_in_bytes_and_those_that_are_none_are_problems():
    asked = preflight_request(catalogue(CADDY), {"preflight_free_disk": "5G", "resource_limits_host_reserve": "lots"})
    assert asked["sizes"] == {"preflight_free_disk": 5 * 1024**3, "resource_limits_host_reserve": 0}
    assert [(one["setting"], one["message"]) for one in asked["problems"]] == [
        ("resource_limits_host_reserve", "'lots' is not a size")
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"name": "caddy"},
        {**CADDY, "ports": ["eighty"], "volumes": [":"], "deploy": {"resources": {"reservations": {"memory": "much"}}}},
        {**CADDY, "ports": None, "volumes": None, "deploy": None},
        {**CADDY, "ports": [80], "volumes": [{}], "deploy": "none"},
    ],
)
def test_an_entry_that_the_catalogue_has_already_refused_does_not_hide_problems_of_the_others(broken):
    asked = preflight_request(catalogue(broken, SERVER))
    assert asked["media_services"] == ["immich-server"]
    assert asked["reservations"] == {"immich-server": 1024**3}


def test_the_report_numbers_every_problem_once_with_setting_service_and_fix():
    problems = [
        {"setting": "stack_domain", "service": None, "message": "is empty", "fix": "set it"},
        {"setting": "ports", "service": "caddy", "message": "port 80 is held:\n  by nginx", "fix": "stop it"},
    ]
    assert preflight_report([*problems, dict(problems[0])], "photo-sync", "web1").splitlines() == [
        "photo-sync cannot be deployed on web1: 2 problems. Nothing was changed.",
        "",
        "1. stack_domain",
        "   is empty",
        "   Fix: set it",
        "",
        "2. ports (caddy)",
        "   port 80 is held:",
        "     by nginx",
        "   Fix: stop it",
    ]
    assert " 1 problem." in preflight_report(problems[:1], "photo-sync", "web1")
    assert preflight_report([], "photo-sync", "web1") == ""


def test_a_note_is_one_line_with_host_setting_and_remedy():
    note = {"setting": "stack_domain", "service": None, "message": "photos.test leads elsewhere", "fix": "move it"}
    assert note_line(note, "web1") == "web1: stack_domain: photos.test leads elsewhere. To do: move it."
