# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When cron drills: one line that cron understands, or none."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import drill_schedule
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError


def test_a_drill_is_a_line_with_all_five_fields() -> None:
    text = drill_schedule.text_of(
        "photo-sync", {"day": "7", "hour": "5", "minute": "31", "month": None, "weekday": None}
    )
    (line,) = [line for line in text.splitlines() if line[0] in "*0123456789"]
    assert line == "31 5 7 * * root photo-sync drill >>/var/log/photo-sync/drill.log 2>&1"


def test_what_is_not_said_is_every_day_at_midnight_and_never_every_minute() -> None:
    assert "\n0 0 * * sun root " in drill_schedule.text_of("photo-sync", {"weekday": "sun"})


@pytest.mark.parametrize("given", [{}, {"day": None, "hour": None}])
def test_without_a_schedule_there_is_no_job(given: dict[str, str | None]) -> None:
    assert drill_schedule.text_of("photo-sync", given) == ""


@pytest.mark.parametrize("value", ["5 *", "1\n* * * * * root reboot", "%", ""])
def test_what_cron_would_take_for_something_else_is_refused_by_name(value: str) -> None:
    with pytest.raises(PointError, match="backup_drill_schedule: cron has no hour"):
        drill_schedule.text_of("photo-sync", {"hour": value})
