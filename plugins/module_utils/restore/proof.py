# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The proof of a restore: what is here is what the point holds, or a person takes the differences for what they are."""

from __future__ import annotations

import os
import time
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.restore import compare, databases, differences, phases
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Restoring
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import overtaken_by


def prove(work: Restoring) -> dict[str, Any]:
    """The phase: compare, raise Disproved where somebody has to decide, and note what is proved."""
    begun, journal = time.monotonic(), work.journal
    # Anybody may compare; only what a restore has put here can be accepted, or begun anew.
    restored = all(journal.result(phase) is not None for phase in phases.REPLACING)
    restored = restored and not overtaken_by(work.target.state_dir, journal.point)
    if restored:
        databases.serve(work)
    serving = compare.is_serving(work.target, work.concerned)
    found = compare.prove(work.target, work.place, work.manifest, work.progress, serving)
    result: dict[str, Any] = {"differences": found, "compared": compare.compared(work.manifest), "ways": []}
    if found and not (restored and _accepted(work, found, serving)):
        raise _disprove(work, result, restored)
    if found and not journal.accepted:
        journal.accept(differences.digest(found), found, os.environ.get("SUDO_USER") or "root")
        work.progress(
            f"{differences.counted(found)} ({journal.accepted['digest']}) accepted by {journal.accepted['by']}"
        )
    # A restore of which something was accepted is never one that was found the same.
    result["accepted"] = journal.accepted
    if restored:
        proved = {"compared": result["compared"], "accepted": journal.accepted}
        journal.note("prove", proved, time.monotonic() - begun)
    return result


def _accepted(work: Restoring, found: list[dict[str, Any]], serving: bool) -> bool:
    known = work.journal
    return differences.are_accepted(found, work.asked.accept, known.differences, known.digest, known.accepted, serving)


def _disprove(work: Restoring, result: dict[str, Any], restored: bool) -> differences.Disproved:
    """What to raise for these differences; the restore knows of them from now on, and of the ways on."""
    found, point = result["differences"], work.manifest["id"]
    if restored:
        work.journal.disproved(found, differences.digest(found))
        result["ways"] = phases.serve_again(work) if work.only else []
        if not work.target.drill_of:
            result["ways"] += [unfinished.headline(work.journal), *unfinished.ways(work.stack, work.journal)]
    where = [f"  all of them: {work.journal.path}"] if restored and len(found) > differences.SHOWN else []
    said = "\n".join([differences.text(point, found), *where, *result["ways"]])
    return differences.Disproved(said, point, {**result, "digest": differences.digest(found), "accepted": {}})
