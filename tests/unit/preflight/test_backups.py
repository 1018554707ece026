# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restore points that would die with the host, and a host that cannot get a restic that is new enough."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.preflight import backups
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Host, Request

ALONE = Request(stack="photo-sync", backup_repositories=["/srv/backup"])
OLD = {"version": "0.14.0", "sufficient": False, "minimum": "0.17.0"}
BOOKWORM = Host(distribution={"id": "debian", "version": "12"}, architecture="amd64", restic=OLD)
NEEDS = Request(stack="photo-sync", backup_restic_needed=True)


def test_a_repository_on_the_systems_disk_alone_is_refused_once() -> None:
    (found,) = backups.check_backup_place(ALONE, Host(backup_on_system_disk=["/srv/backup"]))
    assert "/srv/backup is on the disk of the system" in found["message"]
    assert "backup_accept_local_only" in found["fix"]


def test_another_disk_or_a_copy_elsewhere_is_fine() -> None:
    assert not list(backups.check_backup_place(ALONE, Host()))
    copied = replace(ALONE, backup_repositories=["/srv/backup", "sftp:nas:/x"])
    assert not list(backups.check_backup_place(copied, Host(backup_on_system_disk=["/srv/backup"])))


def test_disks_are_told_apart_by_their_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = {"/": {"sda"}, "/var/lib/docker": {"sdb"}, "/mnt": {"sdc"}, "/srv": {"sdb"}}
    monkeypatch.setattr(backups, "disks", layout.__getitem__)
    assert backups.on_system_disk(["/mnt", "/srv", "local:/srv", "sftp:x:/srv"]) == ["/srv", "local:/srv"]


def test_a_repository_on_the_disk_that_docker_gets_is_on_its_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = {"/": {"sda"}, "/mnt/big/docker": {"sdb"}, "/var/lib/containerd": {"sdd"}, "/mnt/big": {"sdb"}}
    layout |= {"/srv": {"sdc"}, "/images": {"sdd"}}
    monkeypatch.setattr(backups, "disks", layout.__getitem__)
    found = backups.on_system_disk(["/mnt/big", "/srv", "/images"], ["/mnt/big/docker", "/var/lib/containerd"])
    assert found == ["/mnt/big", "/images"]


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
