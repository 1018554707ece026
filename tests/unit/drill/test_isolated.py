# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A drill shares nothing with what serves: no name, no volume, no network, no port, no authority."""

import json
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.drill import isolated
from ansible_collections.photosync.vps.plugins.module_utils.drill.place import Place, place_of
from ansible_collections.photosync.vps.plugins.module_utils.restore import endpoints
from support.specs import changed, make_spec

PLACE = Place("photo-sync", "/var/lib/photo-sync", "photo-sync.slice")
CONFIG: dict[str, Any] = {
    "name": "photo-sync",
    "networks": {"default": {"name": "photo-sync_default"}},
    "volumes": {
        "caddy_data": {"name": "photo-sync_caddy_data"},
        "far": {"name": "nas", "driver_opts": {"type": "nfs"}},
    },
    "services": {
        "caddy": {
            "image": "caddy:2",
            "ports": [{"target": 443, "published": "443"}],
            "networks": {"default": None},
            "restart": "unless-stopped",
            "cgroup_parent": "photo-sync.slice",
            "labels": {"photosync.vps.config": "abc"},
            "volumes": [
                {"type": "bind", "source": "/opt/photo-sync/config/caddy", "target": "/etc/caddy", "read_only": True},
                {"type": "volume", "source": "caddy_data", "target": "/data"},
            ],
        },
        "web": {
            "image": "web:1",
            "build": {"context": "/srv/source"},
            "develop": {"watch": []},
            "container_name": "web",
            "network_mode": "host",
            "environment": {"PASSWORD": "a$$b"},
            "deploy": {"resources": {"limits": {"memory": "512M"}}},
            "volumes": [
                {"type": "bind", "source": "/srv/photos", "target": "/photos"},
                {"type": "bind", "source": "/var/run/docker.sock", "target": "/var/run/docker.sock"},
            ],
        },
    },
}
PROBE: dict[str, Any] = {"min_share_valid": 0.1, "name": "web from outside", "kind": "http"}
PROBE |= {"url": "https://photos.example.org/", "connect_to": "127.0.0.1"}
PROBE |= {"ca_volume": "kept_by_another_name", "ca_file": "caddy/pki/authorities/local/root.crt"}
PROBE |= {"certificate_from": "caddy", "headers_file": "/opt/photo-sync/current/probe.headers"}
DOCUMENT: dict[str, Any] = make_spec(
    stack="photo-sync",
    root="/opt/photo-sync",
    state_dir="/var/lib/photo-sync",
    slice="photo-sync.slice",
    services=[{"name": "caddy"}, {"name": "web"}],
    databases=[],
    volumes=[{"name": "caddy_data", "docker_name": "kept_by_another_name", "services": ["caddy"]}],
    entry_point={"service": "caddy", "config_dir": "/opt/photo-sync/config/caddy", "mounts": []},
    health_targets=[{"name": "caddy", "kind": "container", "project": "photo-sync", "service": "caddy"}, PROBE],
)


def made() -> dict[str, Any]:
    return isolated.compose_file(CONFIG, PLACE, "/opt/photo-sync/config/caddy", lambda path: path.endswith(".sock"))


def test_every_name_that_the_engine_knows_is_another() -> None:
    text = json.dumps({key: value for key, value in made().items() if key != "services"})
    assert made()["name"] == "photo-sync-drill"
    assert text.count("photo-sync") == text.count("photo-sync-drill")
    # Where a volume really lies, such as a NAS, is none of a drill's business.
    assert made()["volumes"]["far"] == {"name": "photo-sync-drill_far"}


def test_nothing_leads_out_or_in() -> None:
    assert [network["internal"] for network in made()["networks"].values()] == [True]
    for service in made()["services"].values():
        assert not {"ports", "networks", "network_mode", "container_name", "build", "develop"} & set(service)
        assert service["pull_policy"] == "never"


def test_folders_of_the_host_can_only_be_read_and_sockets_not_even_that() -> None:
    (photos,) = made()["services"]["web"]["volumes"]
    assert photos == {"type": "bind", "source": "/srv/photos", "target": "/photos", "read_only": True}
    configuration, data = made()["services"]["caddy"]["volumes"]
    assert configuration["source"] == "/var/lib/photo-sync/drill/root/config/caddy"
    assert data == {"type": "volume", "source": "caddy_data", "target": "/data"}


def test_it_is_the_first_to_go_when_memory_runs_out_and_does_not_come_back_with_the_host() -> None:
    for service in made()["services"].values():
        assert service["cgroup_parent"] == "photo-sync-drill.slice"
        assert service["oom_score_adj"] == 1000
    assert made()["services"]["caddy"]["restart"] == "on-failure"
    assert made()["services"]["web"]["restart"] == "no"


def test_what_a_service_is_made_of_stays() -> None:
    web, before = made()["services"]["web"], CONFIG["services"]["web"]
    assert (web["environment"], web["deploy"]) == (before["environment"], before["deploy"])
    assert made()["services"]["caddy"]["labels"] == {"photosync.vps.config": "abc"}


def test_the_phases_of_a_restore_see_the_drill_and_take_points_of_the_stack() -> None:
    drilled = isolated.target_of(DOCUMENT, CONFIG, PLACE, 512 * 1024**2)
    assert (drilled.stack, drilled.drill_of) == ("photo-sync-drill", "photo-sync")
    assert drilled.volumes[0].docker_name == "photo-sync-drill_caddy_data"
    for place in (drilled.root, drilled.state_dir):
        assert place.startswith("/var/lib/photo-sync/drill")
    container, probe = drilled.health_targets
    assert container["project"] == "photo-sync-drill"
    assert probe["headers_file"] == "/var/lib/photo-sync/drill/root/current/probe.headers"
    assert not {"min_share_valid", "certificate_from", "ca_volume", "ca_file"} & set(probe)
    assert drilled.data_volume == "photo-sync-drill_caddy_data"
    assert place_of(DOCUMENT) == PLACE


def test_a_stack_without_an_entry_point_has_none_in_its_drill() -> None:
    assert endpoints.located(DOCUMENT) is DOCUMENT
    alone = changed(DOCUMENT, entry_point=None, health_targets=[])
    assert isolated.target_of(alone, CONFIG, PLACE, 1).entry_point is None
    assert endpoints.located(changed(alone, stack="photo-sync-drill")).entry_point is None


def test_the_site_is_asked_at_the_drills_own_address_and_by_its_own_authority() -> None:
    target = {"kind": "http", "url": "https://photos.example.org:8443/", "connect_to": "127.0.0.1"}
    assert endpoints.aimed(target, "172.20.0.5", "/root.crt") == {
        **target, "connect_to": "172.20.0.5:443", "ca_file": "/root.crt"
    }  # fmt: skip
    internal = {**target, "ca_volume": "photo-sync_caddy_data", "ca_file": "root.crt"}
    assert endpoints.aimed(internal, "172.20.0.5", "/root.crt") == endpoints.aimed(target, "172.20.0.5", "/root.crt")
    assert endpoints.aimed(internal, "172.20.0.5", "") == endpoints.aimed(target, "172.20.0.5", "")
    assert endpoints.aimed(target, "172.20.0.5", "")["verify_tls"] is False
    assert endpoints.aimed({**target, "url": "http://x/"}, "172.20.0.5", "/root.crt") == {
        **target, "url": "http://x/", "connect_to": "172.20.0.5:80"
    }  # fmt: skip


ACME = """\
# Written by the Ansible collection photosync.vps.
{
    email me@example.org
    acme_ca https://ca.example.org/directory
    acme_ca_root /etc/ssl/acme-ca-root.crt
    admin 127.0.0.1:2019
}

photos.example.org {
    handle {
        respond 404
    }
}
"""


def test_no_certificate_is_asked_of_anybody_outside() -> None:
    said = isolated.caddyfile(ACME)
    assert "acme" not in said.replace("acme-ca-root", "") and "email" not in said
    assert "{\n\tlocal_certs\n\tskip_install_trust\n    admin 127.0.0.1:2019\n}\n" in said
    assert said.endswith(ACME[ACME.index("photos.example.org") :])
    assert isolated.caddyfile(said) == said


@pytest.mark.parametrize("text", ["", ":80 {\n\trespond 404\n}\n", "# a word\n\n:80 {\n}\n"])
def test_a_caddyfile_without_options_is_given_some(text: str) -> None:
    said = isolated.caddyfile(text)
    assert said.startswith("{\n\tlocal_certs\n\tskip_install_trust\n}\n")
    assert said.endswith(text)
