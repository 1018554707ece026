# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What backups need on a host is written once, privately, and shown without secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import config_files
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError

GIVEN = {
    "repository": "rest:https://user:hunter2@backup.example.org/x",
    "host": "web1",
    "environment": {"AWS_SECRET_ACCESS_KEY": "hunter3"},
    "retention": {"keep_last": 3},
    "extra_paths": [],
}


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[config_files.Wanted]:
    """The files, below a temporary folder."""
    monkeypatch.setattr(config_files, "folders", lambda stack: {str(tmp_path / "etc"): 0o700})
    return [
        config_files.Wanted(str(tmp_path / "etc" / Path(file.path).name), file.content, file.mode, file.shown)
        for file in config_files.files("photo-sync", GIVEN, "hunter4")
    ]


def shown(diff: Any) -> str:
    return json.dumps(diff)


def test_writing_twice_changes_nothing(wanted: list[config_files.Wanted]) -> None:
    assert len(config_files.apply("photo-sync", wanted, check=False)) == 4
    assert config_files.apply("photo-sync", wanted, check=False) == []


def test_a_check_writes_nothing(wanted: list[config_files.Wanted], tmp_path: Path) -> None:
    assert len(config_files.apply("photo-sync", wanted, check=True)) == 4
    assert list(tmp_path.iterdir()) == []


def test_files_with_secrets_are_readable_by_root_alone(wanted: list[config_files.Wanted], tmp_path: Path) -> None:
    config_files.apply("photo-sync", wanted, check=False)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "etc").iterdir()}
    assert modes == {"restic-password": 0o600, "backup.json": 0o600, "photo-sync": 0o644}


@pytest.mark.parametrize(
    "found", ["", "hunter5\n", '{"environment": {"A": "hunter6"}, "repository": "s3:x"}\n', "[1]\n"]
)
def test_no_diff_shows_a_secret_new_or_old(wanted: list[config_files.Wanted], tmp_path: Path, found: str) -> None:
    (tmp_path / "etc").mkdir()
    for file in wanted:
        Path(file.path).write_text(found)
    diff = config_files.apply("photo-sync", wanted, check=True)
    assert len(diff) == 4
    assert "hunter" not in shown([entry for entry in diff if "photo-sync" not in Path(entry["before_header"]).name])
    assert "rest:https://user:********@backup.example.org/x" in shown(diff)


def test_a_mode_that_drifted_is_repaired(wanted: list[config_files.Wanted]) -> None:
    config_files.apply("photo-sync", wanted, check=False)
    Path(wanted[0].path).chmod(0o644)
    (difference,) = config_files.apply("photo-sync", wanted, check=False)
    assert "# mode 0644" in difference["before"]
    assert Path(wanted[0].path).stat().st_mode & 0o777 == 0o600


def test_an_empty_password_is_refused() -> None:
    with pytest.raises(PointError, match="backup_repository_password"):
        config_files.files("photo-sync", GIVEN, "")


def test_the_job_that_drills_comes_and_goes_with_its_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = tmp_path / "cron.d" / "photo-sync-drill"
    monkeypatch.setattr(config_files, "folders", lambda stack: {})
    monkeypatch.setattr(config_files.drill_schedule, "path_of", lambda stack: str(job))

    def wanted(drills: dict[str, str]) -> list[config_files.Wanted]:
        return [file for file in config_files.files("photo-sync", GIVEN, "hunter4", drills) if file.path == str(job)]

    assert len(config_files.apply("photo-sync", wanted({"day": "3", "hour": "5"}), check=True)) == 1
    assert not job.exists()
    config_files.apply("photo-sync", wanted({"day": "3", "hour": "5"}), check=False)
    assert "0 5 3 * * root photo-sync drill" in job.read_text()
    assert config_files.apply("photo-sync", wanted({"day": "3", "hour": "5"}), check=False) == []
    assert len(config_files.apply("photo-sync", wanted({}), check=False)) == 1
    assert not job.exists()
