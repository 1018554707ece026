# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much a repository's disk has to have before a point is written there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import disk_space
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, from_dict
from ansible_collections.photosync.vps.plugins.module_utils.common import files
from support.specs import make_spec

MIB = 1024**2


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A disk with 300 MiB free."""
    disk = SimpleNamespace(free=300 * MIB, asked=[])
    monkeypatch.setattr(files.shutil, "disk_usage", lambda folder: disk.asked.append(folder) or disk)
    return disk


@pytest.mark.parametrize(
    ("files", "databases", "first", "before", "expected"),
    [
        (1000, 400, True, None, 1100),
        (1000, 400, True, 900, 1100),
        (1000, 400, False, 900, 100),
        (1000, 400, False, 5000, 0),
        (1000, 400, False, None, 0),
    ],
    ids=["first", "first in a new repository", "what came since", "less than before", "nothing known of the last"],
)
def test_what_a_point_needs(files: int, databases: int, first: bool, before: int | None, expected: int) -> None:
    assert disk_space.needed(files, databases, first, before) == expected


def test_too_little_is_refused_with_what_is_there_and_what_is_needed(free: SimpleNamespace, tmp_path: Path) -> None:
    place = tmp_path / "not" / "there" / "yet"
    disk_space.refuse_full(str(place), 44 * MIB)
    with pytest.raises(PointError, match=f"the disk of {place} has 300.0 MiB free; a point needs 45.0 MiB of it now"):
        disk_space.refuse_full(str(place), 45 * MIB)
    assert set(free.asked) == {str(tmp_path)}


def test_what_else_lies_on_the_disk_keeps_its_room(free: SimpleNamespace) -> None:
    free.free = 255 * MIB
    with pytest.raises(PointError, match="256.0 MiB have to stay free"):
        disk_space.refuse_full("local:/srv/points")


@pytest.mark.parametrize("repository", ["sftp:host:/srv/points", "s3:https://host/bucket", "rest:https://host/"])
def test_a_server_is_not_asked_for_its_disk(free: SimpleNamespace, repository: str) -> None:
    free.free = 0
    disk_space.refuse_full(repository, MIB)
    assert free.asked == []


def test_files_are_counted_as_the_manifest_counts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "2026").mkdir()
    (tmp_path / "2026" / "1.jpg").write_bytes(b"x" * 1234)
    (tmp_path / "2026" / "latest").symlink_to("1.jpg")
    monkeypatch.setattr(disk_space.engine, "mountpoint", {"small_photos": str(tmp_path)}.get)
    volumes = [
        {"name": "photos", "docker_name": "small_photos", "backup": "files"},
        {"name": "cache", "docker_name": "small_cache", "backup": "rebuildable"},
        {"name": "gone", "docker_name": "small_gone", "backup": "files"},
    ]
    assert disk_space.saved_bytes(make_spec(volumes=volumes)) == {"photos": 1234}


@pytest.mark.parametrize(
    ("repository", "found"),
    [
        ("{0}/photos/backups", "lies in volume photos"),
        ("local:{0}/photos", "lies in volume photos"),
        ("{0}/link/backups", "lies in volume photos"),
        ("{0}/srv/points", "lies in {0}/srv$"),
        ("{0}/etc/points", "lies in {0}/etc$"),
        ("{0}/photos2", ""),
        ("{0}", ""),
        ("sftp:me@host:{0}/photos", ""),
    ],
)
def test_a_repository_in_what_is_saved_into_it_is_refused_before_a_point_and_before_a_restore(
    repository: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    monkeypatch.setattr(disk_space.engine, "mountpoint", lambda _name: str(tmp_path / "photos"))
    volumes = [{"name": "photos", "docker_name": "x_photos"}]
    spec = make_spec(volumes=volumes, etc_dir=str(tmp_path / "etc"), root=str(tmp_path / "opt"))
    given = {"repository": repository.format(tmp_path), "password_file": "/p", "host": "web1"}
    settings = from_dict({**given, "extra_paths": [str(tmp_path / "srv")]})
    said = disk_space.in_volumes(spec, settings)
    if "volume" in found:
        assert len(said) == 1 and said[0].endswith(found)
    else:
        assert said == []
    if found:
        with pytest.raises(PointError, match=found.format(tmp_path).rstrip("$")):
            disk_space.refuse_inside(spec, settings)
    else:
        disk_space.refuse_inside(spec, settings)
