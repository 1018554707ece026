# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the engine came from, and what its owner set."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.host import engine as engines
from ansible_collections.photosync.vps.plugins.module_utils.host.engine import (
    Engine,
    coming_options,
    compose_version_of,
    data_root,
    engine_version_of,
    image_folders,
    is_in_containerd,
    parse_config,
    source_of,
    version_numbers,
)


@pytest.mark.parametrize(
    ("packages", "command", "source"),
    [
        ({"docker-ce": "5:28"}, "/usr/bin/docker", "upstream"),
        ({"docker.io": "26"}, "/usr/bin/docker", "distribution"),
        ({"podman-docker": "5"}, "/usr/bin/docker", "podman"),
        ({}, "/snap/bin/docker", "snap"),
        ({}, "/usr/local/bin/docker", "unknown"),
        ({}, None, ""),
    ],
)
def test_the_origin_of_an_engine_is_known(packages, command, source):
    assert source_of(packages, command) == source


@pytest.mark.parametrize(
    ("packages", "version"),
    [
        ({"docker-compose-plugin": "2.40.0-1~debian.13~trixie"}, "2.40.0-1~debian.13~trixie"),
        ({"docker-compose": "2.26.1-4"}, "2.26.1-4"),
        ({"docker-compose-plugin": "5:5.0.1-1"}, "5.0.1-1"),
        ({"docker-compose": "1.29.2-3"}, ""),
        ({}, ""),
    ],
)
def test_compose_of_version_1_is_no_compose(packages, version):
    assert compose_version_of(packages) == version


@pytest.mark.parametrize(
    ("packages", "version"),
    [
        ({"docker-ce": "5:28.5.1-1~debian.13~trixie"}, "28.5.1"),
        ({"docker.io": "26.1.5+dfsg1-9+deb13u1+b1"}, "26.1.5+dfsg1"),
        ({"podman-docker": "5.4"}, ""),
    ],
)
def test_the_version_of_an_engine_that_stands_still_is_that_of_its_package(packages, version):
    assert engine_version_of(packages) == version


@pytest.mark.parametrize(
    ("text", "record", "wanted", "options"),
    [
        ('{"data-root": "/big"}', "", None, {"data-root": "/big"}),
        ('{"data-root": "/big"}', "", {"debug": True}, {"data-root": "/big", "debug": True}),
        ('{"debug": true}', '{"options": {"debug": true}}', {}, {}),
        ('{"debug": true}', '{"options": {"debug": true}}', None, {"debug": True}),
        ("", "", {"insecure-registries": ["a:5000"]}, {"insecure-registries": ["a:5000"]}),
        ("nonsense", "[]", {"debug": True}, {"debug": True}),
    ],
)
def test_the_engines_options_count_as_they_are_going_to_be(text, record, wanted, options):
    assert coming_options(text, record, wanted) == options


HERE, CONTAINERD = "/var/lib/docker", "/var/lib/containerd"
RUNS = {"installed": True, "running": True}
SNAPSHOTS = {"features": {"containerd-snapshotter": True}}


@pytest.mark.parametrize(
    ("engine", "options", "folder"),
    [
        (Engine(), {}, HERE),
        (Engine(), {"data-root": "/mnt/big/docker"}, "/mnt/big/docker"),
        (Engine(**RUNS, root="/mnt/old"), {"data-root": "/mnt/big/docker"}, "/mnt/big/docker"),
        (Engine(**RUNS, root="/by/its/command/line"), {}, "/by/its/command/line"),
    ],
)
def test_volumes_lie_where_the_options_say_or_where_the_running_engine_has_them(engine, options, folder):
    assert data_root(engine, options) == folder


@pytest.mark.parametrize(
    ("engine", "options", "source", "version", "folders"),
    [
        (Engine(), {}, "distribution", "", [HERE]),
        (Engine(), {}, "upstream", "", [HERE, CONTAINERD]),
        (Engine(), {}, "upstream", "29.1", [HERE, CONTAINERD]),
        (Engine(), {}, "upstream", "28.5.1", [HERE]),
        (Engine(), {"data-root": "/big"}, "upstream", "", ["/big", CONTAINERD]),
        (Engine(), SNAPSHOTS, "distribution", "", [HERE, CONTAINERD]),
        (Engine(**RUNS, root=HERE), {}, "upstream", "", [HERE]),
        (Engine(**RUNS, root=HERE, in_containerd=True), {}, "upstream", "28.5.1", [HERE, CONTAINERD]),
    ],
)
def test_room_is_looked_for_where_images_really_go(engine, options, source, version, folders, monkeypatch, tmp_path):
    monkeypatch.setattr(engines, "CONTAINERD_CONFIG", str(tmp_path / "none"))
    assert image_folders(engine, options, source, version) == folders


def test_containerds_folder_is_the_one_of_its_configuration(monkeypatch, tmp_path):
    (tmp_path / "config.toml").write_text("version = 2\nroot = '/mnt/containerd'\nstate = '/run/containerd'\n")
    monkeypatch.setattr(engines, "CONTAINERD_CONFIG", str(tmp_path / "config.toml"))
    assert engines.containerd_root() == "/mnt/containerd"


def test_an_engine_says_itself_whether_containerd_has_its_images():
    assert is_in_containerd({"DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]})
    assert not is_in_containerd({"DriverStatus": [["Backing Filesystem", "extfs"]]})
    assert not is_in_containerd({})


@pytest.mark.parametrize(
    ("text", "numbers"), [("2.26.1-4", [2, 26, 1]), ("v2.21.0", [2, 21, 0]), ("26.1.5+dfsg1", [26, 1, 5]), ("", [])]
)
def test_versions_compare_by_their_numbers(text, numbers):
    assert version_numbers(text) == numbers


@pytest.mark.parametrize(
    ("text", "record", "driver"),
    [
        ("", "", ""),
        ('{"debug": true}', "", ""),
        ('{"exec-opts": ["native.cgroupdriver=cgroupfs"]}', "", "cgroupfs"),
        ('{"exec-opts": ["native.cgroupdriver=cgroupfs"]}', '{"exec-opts": ["native.cgroupdriver=systemd"]}', ""),
    ],
)
def test_only_what_the_owner_asked_for_is_the_owners_cgroup_driver(text, record, driver):
    assert parse_config(text, record) == ("", driver)


@pytest.mark.parametrize("text", ['{"debug": true', "[]", "nonsense"])
def test_an_unreadable_daemon_json_is_a_fault(text):
    assert parse_config(text)[0]
