# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How backups, verifications, checks and drills went last: ``<state>/results.json``, for machines.

``operations`` has one entry for each of them: ``begun``, ``finished`` and ``last_success`` (times with zone),
``seconds``, ``ok``, ``message`` (why not), and what it was about, such as ``point``, its ``bytes``, of these the
``file_bytes`` of its volumes, and ``suspect``.
``copies`` and ``checks`` have the same by the names of the repositories, a check also ``part`` and ``parts``,
``outcome`` (good, damaged, busy, unreachable) and ``damaged``, as it was when the repository could be read last.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common import lock, state

SCHEMA = 1
BACKUP, VERIFY, CHECK, DRILL = "backup", "verify", "check", "drill"
OPERATIONS = (BACKUP, VERIFY, CHECK, DRILL)
# Another command writes its own result for a moment, never longer.
WAIT_SECONDS = 10.0


def now() -> datetime.datetime:
    """The present time in the host's zone."""
    return datetime.datetime.now().astimezone()


def entry(
    before: Optional[dict[str, Any]],
    begun: datetime.datetime,
    finished: datetime.datetime,
    message: str,
    facts: dict[str, Any],
) -> dict[str, Any]:
    """One result after the one ``before``: what this run does not say is still what was said last.

    :param message: why it failed; empty when it did not.
    """
    last = finished.isoformat(timespec="seconds")
    return {
        **(before or {}),
        **facts,
        "begun": begun.isoformat(timespec="seconds"),
        "finished": last,
        "seconds": round((finished - begun).total_seconds(), 2),
        "ok": not message,
        "message": message,
        "last_success": (before or {}).get("last_success") if message else last,
    }


def read(state_dir: str) -> dict[str, Any]:
    """All results so far."""
    return state.read(path_of(state_dir), {"schema": SCHEMA, "operations": {}, "copies": {}, "checks": {}})


def with_drills(known: dict[str, Any], drills: Optional[dict[str, Any]]) -> dict[str, Any]:
    """The results with that of the last drill, which keeps a file of its own, among the operations."""
    if not drills or not drills.get("last"):
        return known
    last, good = drills["last"], drills.get("last_good") or {}
    drill = {
        "begun": last["started"],
        "finished": last["finished"],
        "seconds": last["seconds"],
        "ok": last["ok"],
        "message": last["error"],
        "point": last["point"],
        "last_success": good.get("finished"),
    }
    return {**known, "operations": {**known["operations"], DRILL: drill}}


def change(state_dir: str, how: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Let ``how`` change the results and keep them; returns all of them."""
    os.makedirs(state_dir, mode=0o700, exist_ok=True)
    with lock.exclusive(os.path.join(state_dir, "results.lock"), "a note of a result", wait=WAIT_SECONDS):
        known = read(state_dir)
        how(known)
        state.write(path_of(state_dir), known)
    return known


def path_of(state_dir: str) -> str:
    """Where the results lie."""
    return os.path.join(state_dir, "results.json")
