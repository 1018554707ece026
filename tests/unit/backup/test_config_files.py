# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What backups need on a host is written once, privately, and shown without secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.module_utils.backup import config, config_files
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError

GIVEN: dict[str, Any] = {
    "repository": "rest:https://user:hunter2@backup.example.org/x",
    "repository_password": "hunter4",
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
        for file in config_files.files("photo-sync", GIVEN)
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


@pytest.mark.parametrize("password", ["", " ", None])
def test_an_empty_password_is_refused(password: str | None) -> None:
    with pytest.raises(PointError, match="backup_repository_password"):
        config_files.files("photo-sync", {**GIVEN, "repository_password": password})


def test_the_job_that_drills_comes_and_goes_with_its_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = tmp_path / "cron.d" / "photo-sync-drill"
    monkeypatch.setattr(config_files, "folders", lambda stack: {})
    monkeypatch.setattr(config_files, "drill_job", lambda stack: str(job))

    def wanted(drills: dict[str, str]) -> list[config_files.Wanted]:
        files = config_files.files("photo-sync", {**GIVEN, "drill_schedule": drills})
        return [file for file in files if file.path == str(job)]

    assert len(config_files.apply("photo-sync", wanted({"day": "3", "hour": "5"}), check=True)) == 1
    assert not job.exists()
    config_files.apply("photo-sync", wanted({"day": "3", "hour": "5"}), check=False)
    assert "0 5 3 * * root photo-sync drill" in job.read_text()
    assert config_files.apply("photo-sync", wanted({"day": "3", "hour": "5"}), check=False) == []
    assert len(config_files.apply("photo-sync", wanted({}), check=False)) == 1
    assert not job.exists()


def job(given: dict[str, str | None]) -> str:
    """Cron's file for a schedule of drills; empty where there is none."""
    files = config_files.files("photo-sync", {**GIVEN, "drill_schedule": given})
    return next((file.content for file in files if file.path == "/etc/cron.d/photo-sync-drill"), "")


def test_a_drill_is_a_line_with_all_five_fields() -> None:
    text = job({"day": "7", "hour": "5", "minute": "31", "month": None, "weekday": None})
    (line,) = [line for line in text.splitlines() if line[0] in "*0123456789"]
    assert line == "31 5 7 * * root photo-sync drill >>/var/log/photo-sync/drill.log 2>&1"


def test_what_is_not_said_is_every_day_at_midnight_and_never_every_minute() -> None:
    assert "\n0 0 * * sun root " in job({"weekday": "sun"})


@pytest.mark.parametrize("given", [{}, {"day": None, "hour": None}])
def test_without_a_schedule_there_is_no_job(given: dict[str, str | None]) -> None:
    assert job(given) == ""


def test_where_backups_are_switched_off_nothing_is_drilled() -> None:
    files = config_files.files("photo-sync", {**GIVEN, "enabled": False, "drill_schedule": {"hour": "5"}})
    assert "/etc/cron.d/photo-sync-drill" not in [file.path for file in files]


@pytest.mark.parametrize("value", ["5 *", "1\n* * * * * root reboot", "%", ""])
def test_what_cron_would_take_for_something_else_is_refused_by_name(value: str) -> None:
    with pytest.raises(PointError, match="drill_schedule: cron has no hour"):
        job({"hour": value})


def test_every_setting_that_the_host_has_to_know_is_written_under_its_name_and_nothing_else() -> None:
    """Whoever adds a setting writes it into the role's specification and into Settings, and nowhere else."""
    given = {**defaults(), **GIVEN, "drill_schedule": {"hour": "5"}}
    files = config_files.files("photo-sync", given)
    written = json.loads(next(file.content for file in files if file.path.endswith("backup.json")))
    assert set(written) == {"password_file", *(set(given) & set(config.READERS))}
    assert set(config.READERS) - {"password_file"} <= set(given)
    assert {name: written[name] for name in ("retention", "check")} == {
        name: given[name] for name in ("retention", "check")
    }


def test_what_the_module_must_never_say_is_every_password_and_value_of_an_environment() -> None:
    copy = {"name": "nas", "repository": "/x", "password": "hunter7", "environment": {"B": "hunter8"}}
    assert config_files.secrets_in({**GIVEN, "copies": [copy]}) == {"hunter3", "hunter4", "hunter7", "hunter8"}


def defaults() -> dict[str, Any]:
    file = Path(__file__).resolve().parents[3] / "roles" / "backup" / "defaults" / "main.yml"
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name.removeprefix("backup_"): value for name, value in said.items()}
