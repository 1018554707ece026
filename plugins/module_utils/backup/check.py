# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read every repository anew, a part at a time: what lies there for years may rot, and all at once takes too long."""

from __future__ import annotations

import datetime
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import repository
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.notify import results
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import ensure_installed
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import (
    BUSY,
    DAMAGED,
    UNREACHABLE,
    ResticError,
    outcome,
)
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

GOOD = "good"
SAID = {
    GOOD: "is good",
    DAMAGED: "is DAMAGED",
    BUSY: "was not read, the repository is busy",
    UNREACHABLE: "was not read, the repository cannot be reached",
}


def check(spec: Spec, settings: Settings, progress: Progress = silent, name: str = "") -> dict[str, dict[str, Any]]:
    """Check the structure of each repository and read its next part; one that fails does not keep others from it.

    Returns ``{part, parts, outcome, error}`` by the repository's name, with an empty error where all is well, and
    ``damaged`` where that is known: one that is busy or cannot be reached is as good as it was.

    :param name: one repository by name or number; all of them without.
    """
    before = results.read(spec.state_dir)["checks"]
    found = {}
    with exclusive(spec.state_dir, "check"):
        ensure_installed()
        for one in [settings.at(name)] if name else settings.all():
            part, parts = next_part(before.get(one.name), settings.check.parts)
            read = _read(spec.stack, one, f"{part}/{parts}")
            said = f"part {part} of {parts} {SAID[read['outcome']]}"
            read["error"] = f"{said}: {read['error']}" if read["error"] else ""
            progress(f"repository {one.name}: {read['error'] or said}")
            found[one.name] = {"part": part, "parts": parts, **read}
    return found


def _read(stack: str, settings: Settings, subset: str) -> dict[str, Any]:
    try:
        repository(settings, stack, owns_lock=True).check(subset)
    except ResticError as error:
        found = outcome(error)
        return {"outcome": found, "error": str(error), **({"damaged": True} if found == DAMAGED else {})}
    return {"outcome": GOOD, "error": "", "damaged": False}


def next_part(before: Optional[dict[str, Any]], parts: int) -> tuple[int, int]:
    """The part to read now, from 1, and of how many: the one after the last, and that one again if it was not good.

    Another number of parts begins a turn anew.
    """
    if before is None or before["parts"] != parts:
        return 1, parts
    return (before["part"] % parts + 1 if before["ok"] else before["part"]), parts


def is_due(known: dict[str, Any], days: int, now: datetime.datetime) -> bool:
    """Whether a check failed last, or ended well so many days ago, less an hour: nights are not equally long.

    0 days are never.
    """
    if not days:
        return False
    last = known["operations"].get(results.CHECK)
    if last is None or not last["ok"]:
        return True
    return now - datetime.datetime.fromisoformat(last["last_success"]) >= datetime.timedelta(days=days, hours=-1)
