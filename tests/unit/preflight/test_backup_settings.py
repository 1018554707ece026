# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host would refuse of the backup's settings, or what would make no backup, is refused before it changes."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.backup_settings import backup_problems

ROOT = Path(__file__).resolve().parents[3]
PRIMARY = {"repository": "rest:https://ann:hunter2@nas/"}


def test_all_mistakes_are_told_at_once_each_with_its_setting() -> None:
    found = backup_problems(
        {
            "notifications": [{"kind": "webhook", "url": "ftp://hunter2"}],
            "suspect": {"loss_percent": 100},
            "check": {"parts": 0},
            "schedule_spread": 1000,
            "metrics_folder": "metrics",
            "retention": {"keep_all": 1},
            "copies": [{"name": "first", "repository": "/x"}],
        }
    )
    told = {problem["setting"]: problem["message"] for problem in found}
    assert set(told) == {
        "backup_notifications",
        "backup_suspect",
        "backup_check",
        "backup_schedule_spread",
        "backup_metrics_folder",
        "backup_retention",
        "backup_copies",
    }
    assert "hunter" not in str(found)
    said = "notification 1 (webhook): url has to be an address that begins with https:// or http://"
    assert told["backup_notifications"] == said


@pytest.mark.parametrize(
    "given", [{"notifications": "hunter2"}, {"notifications": ["hunter2"]}, {"check": 7}, {"schedule_spread": "soon"}]
)
def test_what_is_of_another_form_is_a_problem_and_no_crash(given: dict[str, Any]) -> None:
    (found,) = backup_problems(given)
    assert "hunter" not in str(found)


def test_the_usual_settings_are_no_problem() -> None:
    defaults = yaml.safe_load((ROOT / "roles" / "backup" / "defaults" / "main.yml").read_text(encoding="utf-8"))
    usual = {name.removeprefix("backup_"): value for name, value in defaults.items()}
    assert backup_problems({**usual, "drill_schedule": {"day": "7", "hour": "5", "minute": "31"}}) == []


# Each would mean: no backup, no check, no drill, or nobody told.
SILENT: list[tuple[dict[str, Any], str]] = [
    ({"schedule": {"hour": "25", "minute": "10"}}, "cron has no hour '25'"),
    ({"schedule": {"hour": "3", "minute": "%"}}, "cron has no minute '%'"),
    ({"schedule": {"hour": "3"}}, "minute must be set"),
    ({"schedule": {"hour": "25"}}, "minute must be set; cron has no hour '25'"),
    ({"schedule": {"hour": None, "minute": None}}, "minute and hour must be set"),
    ({"schedule": {}}, "must be set"),
    ({"schedule": {"hour": "3", "minute": "10", "day": "1"}}, "unknown day"),
    ({"drill_schedule": {"day": "31", "month": "2"}}, "would never come"),
    ({"drill_schedule": {"weekday": "8"}}, "cron has no weekday '8'"),
    ({"drill_schedule": {"our": "5"}}, "cron has no our"),
    ({"retention": {"keep_last": 0}}, "has to be 1 or more, not 0; or leave it out"),
    ({"retention": {"keep_daily": -7}}, "has to be 1 or more, not -7"),
    ({"retention": {"keep_weekly": True}}, "whole number"),
    ({"retention": {"keep_monthly": 1.5}}, "whole number"),
    ({"repository": "backup/here"}, "is relative"),
    ({"repository": "ftp://ann:hunter2@host/x"}, "did you mean sftp:?"),
    ({"copies": [{"name": "nas", "repository": "backup/here"}]}, "copy 1: repository: it is relative"),
    ({"copies": [{"name": "nas", "repository": "/x", "retention": {"keep_last": 0}}]}, "has to be 1 or more"),
    ({"copies": [{"name": "nas", "repository": "/x", "append_only": "no"}]}, "true or false"),
    ({"copies": [{"name": "nas", "repository": "/x", "password": ""}]}, "password of the copy nas is empty"),
    ({**PRIMARY, "copies": [{"name": "nas", "repository": "rest:https://ann:hunter2@nas"}]}, "named twice"),
    ({"repository": "/mnt/x", "copies": [{"name": "nas", "repository": "local:/mnt//x/"}]}, "named twice"),
    ({"extra_paths": ["etc/typo"]}, "is no whole path"),
    ({"extra_paths": "/etc/typo"}, "has to be a list"),
    ({"environment": {"AWS KEY": "hunter2"}}, "cannot be the name of a variable"),
    ({"environment": {"AWS_KEY": ""}}, "AWS_KEY has to have a value"),
    ({"environment": {"AWS_KEY": ["hunter2"]}}, "AWS_KEY has to have a value"),
    ({"environment": {"RESTIC_PASSWORD": "hunter2"}}, "RESTIC_PASSWORD is set by"),
    ({"suspect": {"ignore": "immich"}}, "has to be a list of patterns"),
    ({"check": {"every_day": 7}}, "unknown every_day"),
    ({"check": {"every_days": -1}}, "0 to 365"),
    ({"on_failure": "mail -s x root"}, "has to be a list of words"),
    ({"on_failure": ["", "root"]}, "has to be a list of words"),
    ({"notifications": [{"kind": "command", "command": "/usr/bin/tell"}]}, "command has to be a list of words"),
    ({"notifications": [{"kind": "mail", "to": "ann@example.org"}]}, "to has to be a list of words"),
    ({"notifications": [{"kind": "mail", "to": ["a@b.c"], "events": []}]}, "events has to be some of"),
    ({"notifications": [{"kind": "mail", "to": ["a@b.c"], "timeout": 0.5}]}, "timeout"),
]


@pytest.mark.parametrize(("given", "said"), SILENT, ids=lambda value: str(value)[:60])
def test_what_would_silently_make_no_backup_check_drill_or_notification_is_refused(
    given: dict[str, Any], said: str
) -> None:
    (found,) = backup_problems(given)
    assert found["setting"] == f"backup_{[*given][-1]}"
    assert said in found["message"]
    assert "hunter" not in str(found)


def test_where_backups_are_switched_off_nothing_of_them_is_refused() -> None:
    assert backup_problems({"enabled": False, "retention": {"keep_last": 0}}) == []
