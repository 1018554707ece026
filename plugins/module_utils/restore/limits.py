# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long a phase of a restore may take where ``restore_timeout`` is empty: only what hangs exceeds it."""

from __future__ import annotations

import os
import shutil
from typing import Callable

from ansible_collections.photosync.vps.plugins.module_utils.common.units import duration
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.restore import durations
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Restoring
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import Deadline

SETTING = "restore_timeout"
HOUR = 3600.0
# Bytes a second; a disk or a line that is slower than this serves no photos.
SLOWEST = 1e6


def opening(target: Target) -> Deadline:
    """For reading what a repository holds, before anybody knows how much that is."""
    return _after(target, HOUR)


def minutes(number: int) -> Callable[[Restoring], Deadline]:
    """For what asks, stops and starts, however much data there is."""
    return lambda work: _after(work.target, number * 60.0)


def by_bytes(work: Restoring) -> Deadline:
    """For what moves or reads data: an hour, and a second for each megabyte of the point and of what is here."""
    planned = (work.journal.result("plan") or {}).get("parts", [])
    here = sum(part["here"].get("bytes", 0) for part in planned)
    return _after(work.target, HOUR + (durations.weight(work.manifest) + here) / SLOWEST)


def by_disks(work: Restoring) -> Deadline:
    """For keeping what is here, all of it, whichever part is restored: the same for what its disks hold."""
    places = [engine.mountpoint(volume.docker_name) for volume in work.target.volumes]
    used = {os.stat(place).st_dev: shutil.disk_usage(place).used for place in places if place}
    return _after(work.target, HOUR + sum(used.values()) / SLOWEST)


def _after(target: Target, seconds: float) -> Deadline:
    if target.drill_of:
        return Deadline.after(seconds, f"in a drill it has {duration(seconds)}")
    return Deadline.of_step(seconds, SETTING)
