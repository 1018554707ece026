# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host is, read from the files that every Debian and Ubuntu has."""

import zipfile

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common.files import free_bytes
from ansible_collections.photosync.vps.plugins.module_utils.host.system import (
    parse_addresses,
    parse_architecture,
    parse_memory,
    parse_os_release,
    parse_packages,
)
from ansible_collections.photosync.vps.plugins.module_utils.preflight import reading

TRIXIE = """\
PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
VERSION_CODENAME=trixie
# a comment
ID=debian
"""
NOBLE = "PRETTY_NAME='Ubuntu 24.04.3 LTS'\nID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\n"
STATUS = """\
Package: dpkg
Status: install ok installed
Architecture: arm64
Version: 1.22.21
Description: package manager
 Version: 9 is only mentioned here

Package: docker.io
Status: deinstall ok config-files
Version: 26.1.5

Package: docker-ce
Status: hold ok installed
Version: 5:28.5.1-1~debian.13~trixie
"""


FIB_TRIE = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
     +-- 203.0.113.0/24 2 0 2
           |-- 203.0.113.0
              /24 link UNICAST
           |-- 203.0.113.7
              /32 host LOCAL
        |-- 203.0.113.255
           /32 link BROADCAST
Local:
           |-- 203.0.113.7
              /32 host LOCAL
"""
IF_INET6 = """\
00000000000000000000000000000001 01 80 10 80       lo
20010db8000000000000000000000007 02 40 00 80     eth0
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TRIXIE, {"id": "debian", "version": "13", "codename": "trixie", "name": "Debian GNU/Linux 13 (trixie)"}),
        (NOBLE, {"id": "ubuntu", "version": "24.04", "codename": "noble", "name": "Ubuntu 24.04.3 LTS"}),
        ("", {"id": "", "version": "", "codename": "", "name": ""}),
    ],
)
def test_the_distribution_is_told_from_os_release(text, found):
    assert parse_os_release(text) == found


def test_installed_packages_are_those_that_are_there_even_on_hold_but_not_their_remains():
    assert parse_packages(STATUS) == {"dpkg": "1.22.21", "docker-ce": "5:28.5.1-1~debian.13~trixie"}


def test_architecture_and_memory_are_those_of_package_manager_and_kernel():
    assert parse_architecture(STATUS) == "arm64"
    assert parse_memory("MemTotal:       16384000 kB\nMemFree:  123 kB\n") == 16384000 * 1024


def test_addresses_of_all_interfaces_are_known_without_any_tool():
    assert parse_addresses(FIB_TRIE, IF_INET6) == ["2001:db8::7", "203.0.113.7"]
    assert parse_addresses("", "") == []


def test_free_room_is_known_before_the_folder_exists(tmp_path):
    assert free_bytes(str(tmp_path / "not" / "yet")) > 0


def test_a_media_folder_may_be_a_link_to_one(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / "file").write_text("")
    assert reading.kind_of(str(tmp_path / "link")) == "directory"
    assert reading.kind_of(str(tmp_path / "file")) == "other"
    assert reading.kind_of(str(tmp_path / "none")) == "missing"


def test_another_command_of_the_stacks_name_is_found_and_our_own_is_not(tmp_path):
    foreign, own = tmp_path / "bin", tmp_path / "local"
    foreign.mkdir()
    own.mkdir()
    script = foreign / "photo-sync"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    command = own / "photo-sync"
    with command.open("wb") as stream:
        stream.write(b"#!/usr/bin/python3 -I\n")
        with zipfile.ZipFile(stream, "a") as archive:
            archive.writestr("ansible_collections/photosync/vps/__init__.py", "")
    command.chmod(0o755)
    assert reading.shadowed("photo-sync", str(own)) == ""
    assert reading.shadowed("photo-sync", f"{own}:{foreign}") == str(script)


def test_a_file_without_certificates_of_authorities_is_told_from_one_with_some(tmp_path):
    empty = tmp_path / "empty.crt"
    empty.write_text("no certificate")
    assert reading.fault_of_authorities(str(empty)) == "holds no certificate"
    assert reading.fault_of_authorities(str(tmp_path / "none.crt")) == "cannot be read: No such file or directory"
    assert reading.fault_of_authorities(str(tmp_path)).startswith("cannot be read: ")
    assert reading.fault_of_authorities("/etc/ssl/certs/ca-certificates.crt") == ""
