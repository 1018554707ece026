# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When cron drills, as a file in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common import cron

USUAL = {"minute": "0", "hour": "0"}
HEAD = """\
# Written by the Ansible collection photosync.vps. The next run undoes changes made here.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
"""


def path_of(stack: str) -> str:
    """Where the job lies."""
    return f"/etc/cron.d/{stack}-drill"


def text_of(stack: str, schedule: Mapping[str, Optional[str]]) -> str:
    """The job; empty where ``schedule`` says nothing, so that nothing is drilled.

    :param schedule: minute, hour, day, month and weekday as cron writes them; a field that is not set means every one,
        but minute and hour 0. Raises PointError for what cron would not understand.
    """
    if all(value is None for value in schedule.values()):
        return ""
    try:
        fields = cron.line_of(schedule, USUAL)
    except ValueError as error:
        raise PointError(f"backup_drill_schedule: {error}; write it like {{day: 1, hour: 5}}") from error
    return f"{HEAD}{fields} root {stack} drill >>/var/log/{stack}/drill.log 2>&1\n"
