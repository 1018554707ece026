# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When cron drills, as a file in its folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.points.settings import PointError

FIELDS = ("minute", "hour", "day", "month", "weekday")
# What cron understands, and nothing that would end its line or begin another.
WORDS = re.compile(r"[0-9a-zA-Z*,/-]+")
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
    given = {name: str(value) for name, value in schedule.items() if value is not None}
    if not given:
        return ""
    for name, value in given.items():
        if name not in FIELDS or not WORDS.fullmatch(value):
            raise PointError(f"backup_drill_schedule: cron has no {name} {value!r}; write it like {{day: 1, hour: 5}}")
    usual = {"minute": "0", "hour": "0"}
    fields = " ".join(given.get(name, usual.get(name, "*")) for name in FIELDS)
    return f"{HEAD}{fields} root {stack} drill >>/var/log/{stack}/drill.log 2>&1\n"
