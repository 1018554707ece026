# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host would refuse of the backup's settings is refused before anything there changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.backup_settings import backup_problems

ROOT = Path(__file__).resolve().parents[3]


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
    assert [problem["setting"] for problem in found] == [
        "backup_notifications",
        "backup_suspect",
        "backup_check",
        "backup_schedule_spread",
        "backup_metrics_folder",
        "backup_retention",
        "backup_copies",
    ]
    assert "hunter" not in str(found)
    assert (
        found[0]["message"] == "notification 1 (webhook): url has to be an address that begins with https:// or http://"
    )


@pytest.mark.parametrize(
    "given", [{"notifications": "hunter2"}, {"notifications": ["hunter2"]}, {"check": 7}, {"schedule_spread": "soon"}]
)
def test_what_is_of_another_form_is_a_problem_and_no_crash(given: dict[str, Any]) -> None:
    (found,) = backup_problems(given)
    assert "hunter" not in str(found)


def test_the_usual_settings_are_no_problem() -> None:
    defaults = yaml.safe_load((ROOT / "roles" / "backup" / "defaults" / "main.yml").read_text(encoding="utf-8"))
    names = ("copies", "retention", "suspect", "check", "schedule_spread", "notifications", "metrics_folder")
    assert backup_problems({name: defaults[f"backup_{name}"] for name in names}) == []
