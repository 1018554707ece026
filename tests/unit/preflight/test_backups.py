# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restore points that would die with the host, and a host that cannot get a restic that is new enough."""

import os
from dataclasses import replace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.preflight import backups
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Host, Request

OLD = {"version": "0.14.0", "sufficient": False, "minimum": "0.17.0"}
BOOKWORM = Host(distribution={"id": "debian", "version": "12"}, architecture="amd64", restic=OLD)
NEEDS = Request(stack="photo-sync", backup_restic_needed=True)


@pytest.mark.parametrize(
    ("repositories", "on_disk", "refused"),
    [
        (["/srv/backup"], ["/srv/backup"], True),
        (["/srv/backup"], [], False),
        (["/srv/backup", "sftp:nas:/x"], ["/srv/backup"], False),
    ],
    ids=["the system's disk alone", "another disk", "a copy elsewhere"],
)
def test_a_repository_on_the_systems_disk_alone_is_refused(repositories, on_disk, refused) -> None:
    request = Request(stack="photo-sync", backup_repositories=repositories)
    found = list(backups.check_backup_place(request, Host(backup_on_system_disk=on_disk)))
    assert len(found) == refused
    if found:
        assert "/srv/backup is on the disk of the system" in found[0]["message"]
        assert "backup_accept_local_only" in found[0]["fix"]


LAYOUT = {"/": "sda", "/var/lib/docker": "sdb", "/mnt": "sdc", "/srv": "sdb", "/big": "sdd", "/containerd": "sdd"}


@pytest.mark.parametrize(
    ("repositories", "more", "found"),
    [
        (["/mnt", "/srv", "local:/srv", "sftp:x:/srv"], [], ["/srv", "local:/srv"]),
        (["/mnt", "/srv", "/big"], [["/mnt", "/containerd"]], ["/mnt", "/big"]),
    ],
    ids=["docker's folder", "the folders that docker is to have"],
)
def test_disks_are_told_apart_by_their_devices(monkeypatch: pytest.MonkeyPatch, repositories, more, found) -> None:
    monkeypatch.setattr(backups, "disks", lambda path: {LAYOUT[path]})
    assert backups.on_system_disk(repositories, *more) == found


def test_partitions_and_volume_groups_count_as_their_disks(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = os.stat(tmp_path).st_dev
    (tmp_path / "sda" / "sda1").mkdir(parents=True)
    (tmp_path / "sda" / "sda1" / "partition").touch()
    (tmp_path / "dm-0" / "slaves").mkdir(parents=True)
    (tmp_path / "dm-0" / "slaves" / "sda1").symlink_to(tmp_path / "sda" / "sda1")
    (tmp_path / f"{os.major(device)}:{os.minor(device)}").symlink_to(tmp_path / "dm-0")
    monkeypatch.setattr(backups, "BLOCK_DEVICES", str(tmp_path))
    assert backups.disks(str(tmp_path / "not" / "yet")) == {str(tmp_path / "sda")}


def test_an_old_restic_is_refused_only_where_no_other_can_be_had() -> None:
    (found,) = backups.check_backup_tool(NEEDS, BOOKWORM)
    assert (found["setting"], "restic 0.14.0, 0.17.0 or newer" in found["message"]) == ("backup_restic_binaries", True)
    named = replace(NEEDS, backup_restic_architectures=["amd64"])
    assert not list(backups.check_backup_tool(named, BOOKWORM))
    assert not list(backups.check_backup_tool(NEEDS, replace(BOOKWORM, restic={**OLD, "sufficient": True})))
    trixie = replace(BOOKWORM, distribution={"id": "debian", "version": "13"})
    assert not list(backups.check_backup_tool(NEEDS, trixie))
