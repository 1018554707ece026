# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much memory a drill needs, how much the host can give it, and the slice that keeps it to that.

A drill runs the same services as the stack, unused. So it needs no more than these hold now, and not what they are
promised, which a host seldom has twice.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.databases import memory
from ansible_collections.photosync.vps.plugins.module_utils.drill.place import Place
from ansible_collections.photosync.vps.plugins.module_utils.health.oom_cgroup import ROOT, value

MEBIBYTE = 1024**2
# What restoring a database and reading the repository take, however little the services hold.
LEAST = 256 * MEBIBYTE
# What the host keeps for everything else.
HOST_SPARE = 256 * MEBIBYTE
# Of what the services hold now; and of what a drill needs, how much it may take where there is plenty.
MARGIN, AT_MOST = 1.25, 2
# Shares of processor and disk against the 100 of everything else.
WEIGHT = 10
NICE = 10
# The kernel kills whoever has this before anybody else.
OOM_SCORE = 1000
PROPERTIES_FOLDER = "/run/systemd/system.control"


@dataclass(frozen=True)
class Held:
    """Memory of a slice in bytes: what its processes hold, page cache left out, and its limit; None for no limit."""

    held: int
    limit: Optional[int]


def limit_for(stack: Held, available: int) -> int:
    """Bytes that a drill may take; raises PointError, naming what is missing, where that is too little.

    :param available: bytes that the host can give.
    """
    needed = max(LEAST, int(stack.held * MARGIN))
    places = {"this host": available - HOST_SPARE}
    if stack.limit is not None:
        places["the stack's memory limit"] = stack.limit - stack.held
    where, spare = min(places.items(), key=lambda place: place[1])
    if spare < needed:
        raise PointError(
            f"too little memory for a drill: it needs about {size(needed)} beside what runs, and {where} leaves"
            f" {size(max(spare, 0))}, {size(needed - max(spare, 0))} are missing. Give the host more memory, or switch"
            " the scheduled drill off with backup_drill_schedule: {}"
        )
    return min(spare, needed * AT_MOST)


def measure(slice_name: str) -> Held:
    """What a slice holds now; nothing where it does not run."""
    said = run(["systemctl", "show", "--property=ControlGroup,MemoryMax", slice_name], timeout=30).stdout
    shown = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    text = shown.get("MemoryMax", "infinity")
    return Held(_held(shown.get("ControlGroup", "")), int(text) if text.isdigit() else None)


def _held(group: str) -> int:
    if not group:
        return 0
    unified = parse_held(_text(os.path.join(ROOT + group, "memory.stat")))
    return unified or parse_held(_text(os.path.join(f"{ROOT}/memory{group}", "memory.stat")))


def parse_held(text: str) -> int:
    """Bytes that processes hold, from memory.stat: it has anon since cgroup v2, total_rss in v1."""
    return value(text, "anon") + value(text, "total_rss") + (value(text, "total_shmem") or value(text, "shmem"))


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read()
    except OSError:
        return ""


def grant(place: Place) -> int:
    """Give the drill a slice of its own within the stack's; returns its limit in bytes."""
    limit = limit_for(measure(place.parent), memory.available())
    properties = [f"MemoryMax={limit}", f"CPUWeight={WEIGHT}", f"IOWeight={WEIGHT}"]
    run(["systemctl", "set-property", "--runtime", place.slice, *properties], timeout=30)
    return limit


def give_way() -> None:
    """Let everybody else come first: this process and what it starts, such as restic, are no part of the slice."""
    os.nice(NICE)
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as stream:
        stream.write(str(OOM_SCORE))


def take_back(place: Place) -> None:
    """Remove the drill's slice."""
    run(["systemctl", "stop", place.slice], timeout=60, check=False)
    folder = os.path.join(PROPERTIES_FOLDER, place.slice + ".d")
    if os.path.isdir(folder):
        shutil.rmtree(folder)
        run(["systemctl", "daemon-reload"], timeout=60)
