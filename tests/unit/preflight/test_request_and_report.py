# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a catalogue to what is asked of the host, and from problems to the report that a person reads."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.report import note_line, preflight_report
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.request import preflight_request

CADDY = {
    "name": "caddy",
    "image": "caddy:2.11",
    "build": None,
    "ports": ["80:80", "443:443", "192.0.2.7:443:443/udp"],
    "volumes": ["caddy_data:/data"],
    "dev": {"ports": ["8000:80"]},
    "deploy": {"resources": {"reservations": {"memory": "64M"}, "minimum": {"memory": "32M"}}},
}
SERVER = {
    "name": "immich-server",
    "image": "ghcr.io/immich-app/immich-server:v2",
    "build": None,
    "ports": [],
    "volumes": ["/srv/photos:/data/photos:ro", "/srv/photos-old:/old"],
    "dev": {"ports": ["2283:2283"]},
    "deploy": {"resources": {"reservations": {"memory": "1G"}, "minimum": {"memory": None}}},
}
ALBUM = {
    "name": "album",
    "image": "photo-sync/album:de36e8d32370",
    "build": {"base_images": {"node:20-alpine": "node:20-alpine"}, "recipe": ""},
    "ports": [],
    "volumes": ["/srv/photos/album:/album:ro"],
    "dev": {"ports": []},
    "deploy": {"resources": {"reservations": {"memory": None}, "minimum": {"memory": None}}},
}


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
    ("settings", "root"),
    [({}, "/etc/ssl/family.crt"), ({"tls": "internal"}, ""), ({"mode": "development"}, "")],
    ids=["acme", "internal", "development"],
)
def test_the_root_of_an_authority_is_looked_for_where_one_is_asked_for_certificates(settings, root):
    assert preflight_request(catalogue(CADDY, **settings))["acme_ca_root"] == root


def test_only_who_mounts_the_media_folder_or_a_part_of_it_needs_it():
    neighbour = copy.deepcopy(SERVER) | {"name": "neighbour", "volumes": ["/srv/photos-old:/old"]}
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


@pytest.mark.parametrize(
    ("settings", "domain"),
    [
        ({}, "photos.my-family.net"),
        ({"tls": "internal"}, ""),
        ({"mode": "development"}, ""),
        ({"acme_ca": "https://ca.my-family.net/directory"}, ""),
    ],
)
def test_a_domain_matters_only_where_a_public_authority_is_asked(settings, domain):
    assert preflight_request(catalogue(CADDY, **settings))["domain"] == domain


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


def test_the_report_numbers_every_problem_with_setting_service_and_fix():
    problems = [
        {"setting": "stack_domain", "service": None, "message": "is empty", "fix": "set it"},
        {"setting": "ports", "service": "caddy", "message": "port 80 is held:\n  by nginx", "fix": "stop it"},
    ]
    assert preflight_report(problems, "photo-sync", "web1") == (
        "photo-sync cannot be deployed on web1: 2 problems. Nothing was changed.\n"
        "\n"
        "1. stack_domain\n"
        "   is empty\n"
        "   Fix: set it\n"
        "\n"
        "2. ports (caddy)\n"
        "   port 80 is held:\n"
        "     by nginx\n"
        "   Fix: stop it"
    )


def test_the_same_problem_is_told_once():
    problem = {"setting": "stack_domain", "service": None, "message": "is empty", "fix": "set it"}
    report = preflight_report([problem, dict(problem)], "photo-sync", "web1")
    assert "1 problem." in report and "2." not in report


def test_a_note_is_one_line_with_host_setting_and_remedy():
    note = {"setting": "stack_domain", "service": None, "message": "photos.test leads elsewhere", "fix": "move it"}
    assert note_line(note, "web1") == "web1: stack_domain: photos.test leads elsewhere. To do: move it."


def test_no_problems_are_no_report():
    assert preflight_report([], "photo-sync", "web1") == ""
