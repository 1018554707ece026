# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A container that had to go can be made again as it was."""

from __future__ import annotations

from adoption.conftest import bind, container, deployment, volume
from ansible_collections.photosync.vps.plugins.module_utils.adoption import record
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import from_json, to_json


def test_it_keeps_image_command_environment_and_labels():
    made = record.creation(container("immich-server", DB_PASSWORD="x"))
    assert made["Image"] == "sha256:1"
    assert made["Env"] == ["DB_PASSWORD=x"]
    assert made["Labels"]["com.docker.compose.service"] == "immich-server"
    assert record.creation(container("immich-server"), "immich:release")["Image"] == "immich:release"


def test_volumes_without_a_name_are_the_same_ones_again():
    old = container("immich-redis", mounts=[volume("0abc", "/data"), volume("1def", "/cache"), bind("/srv", "/srv")])
    old["HostConfig"]["Mounts"] = [{"Type": "volume", "Target": "/data"}]
    old["HostConfig"]["Binds"] = ["/srv:/srv:ro"]
    host = record.creation(old)["HostConfig"]
    assert host["Mounts"] == [{"Type": "volume", "Target": "/data", "Source": "0abc"}]
    assert host["Binds"] == ["/srv:/srv:ro", "1def:/cache"]


def test_it_is_made_on_the_network_that_it_began_with_and_joins_the_others_after():
    old = container("caddy")
    old["NetworkSettings"]["Networks"]["another"] = {"Aliases": None}
    made = record.creation(old)
    assert list(made["NetworkingConfig"]["EndpointsConfig"]) == ["photo-sync-network"]
    assert list(record.endpoints(old)) == ["photo-sync-network", "another"]


def test_the_engines_own_alias_is_left_to_the_engine():
    old = container("caddy")
    assert record.endpoints(old)["photo-sync-network"]["Aliases"] == ["caddy"]


def test_the_hosts_own_network_is_joined_by_nobody():
    old = container("caddy")
    old["HostConfig"]["NetworkMode"] = "host"
    old["NetworkSettings"]["Networks"] = {"host": {}}
    assert record.creation(old)["NetworkingConfig"] == {"EndpointsConfig": {}}


def test_what_was_found_survives_being_written_down():
    found = deployment(container("caddy"), caddy_data="photo-sync_caddy_data")
    assert from_json(to_json(found)).existing.volumes == found.existing.volumes
    assert from_json(to_json(found)).of_service("caddy") == found.containers[0]
