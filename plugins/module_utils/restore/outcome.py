# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore that has ended tells people: what serves, what was compared, and what is left to do. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ansible_collections.photosync.vps.plugins.module_utils.backup import leftout
from ansible_collections.photosync.vps.plugins.module_utils.restore.differences import counted
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore


def lines(spec: Spec, journal: Restore, fenced: str) -> list[str]:
    """Line by line; a journal that lacks its manifest or a step, of a restore that was not proved, has nothing to tell.

    :param fenced: the host that adds no more points from now on; empty when there is none.
    """
    plan, proof, kept = (journal.result(step) or {} for step in ("plan", "prove", "safety"))
    if "time" not in plan or not proof:
        return []
    parts = f"{', '.join(journal.only)} of " if journal.only else ""
    moved = plan["from_host"] != journal.host or not plan["replaces"]
    told = [
        f"{spec.stack} on {journal.host} serves {parts}the restore point {journal.point} of {plan['time']}, made by"
        f" {plan['from_host']}",
        compared(proof["compared"], proof["accepted"]),
        leftout.sentence(plan["left_out"]),
        f"what was here before is kept as {kept['name']}" if kept.get("name") else "",
        f"the machine that was {fenced} before makes no more restore points" if fenced else "",
        f"left to do: point the DNS record of {urlsplit(spec.url).hostname} at this host" if moved and spec.url else "",
        spec.url,
    ]
    return [line for line in told if line]


def compared(what: dict[str, int], accepted: dict[str, Any]) -> str:
    """What was accepted is among what was compared, so that nothing may be called the same then."""
    found = "found the same"
    if accepted:
        found = f"{counted(accepted['differences'])} accepted by {accepted['by']} ({accepted['digest']})"
    return (
        f"compared and {found}: {what['tables']} tables with {what['rows']} rows in {what['databases']} databases,"
        f" {what['files']} files with {what['bytes']} bytes in {what['volumes']} volumes"
    )
