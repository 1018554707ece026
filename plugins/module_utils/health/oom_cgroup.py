# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the kernel has counted in a container's memory cgroup, in either version of cgroups."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Optional

ROOT = "/sys/fs/cgroup"


@dataclass(frozen=True)
class Memory:
    """Kills in a container since its start.

    :param kills: processes in it that were killed for lack of memory; a killed child counts, though the rest lives on.
    :param own_limit: its own limit was reached; if not, who was killed in it was killed for want of memory elsewhere.
    """

    kills: int
    own_limit: bool


def read(pid: int, identifier: str) -> Optional[Memory]:
    """Read the counters of a running container; None when it has no cgroup (any more).

    :param pid: its first process.
    """
    folder = folder_of(_text(f"/proc/{pid}/cgroup"), identifier) if pid else ""
    if not folder:
        return None
    events = _text(os.path.join(folder, "memory.events"))
    if events:
        return Memory(value(events, "oom_kill"), value(events, "oom") > 0)
    control = _text(os.path.join(folder, "memory.oom_control"))
    failures = _text(os.path.join(folder, "memory.failcnt")).strip()
    return Memory(value(control, "oom_kill"), failures not in ("", "0")) if control else None


def folder_of(text: str, identifier: str) -> str:
    """Where a container's memory is accounted, from the text of its process's /proc/PID/cgroup; nothing if nowhere.

    A container may have groups of its own inside of its group: the path ends at the part that bears its identifier.
    """
    found = ""
    for line in text.splitlines():
        number, controllers, path = line.split(":", 2)
        head, mark, tail = path.partition(identifier)
        own = head + mark + tail.partition("/")[0]
        if mark and "memory" in controllers.split(","):
            return f"{ROOT}/memory{own}"
        if mark and number == "0":
            found = ROOT + own
    return found


def value(text: str, name: str) -> int:
    """One of the numbers in a control file of lines such as ``oom_kill 3``; 0 when it is not among them."""
    for line in text.splitlines():
        key, _space, number = line.partition(" ")
        if key == name and number.strip().isdigit():
            return int(number)
    return 0


def _text(path: str) -> str:
    """The text of a file; nothing when it is not there (any more)."""
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except OSError:
        return ""
