# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a proof has found: told with what it means, and by a digest that stands for exactly this list. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError

Difference = dict[str, Any]

# What each kind means for whoever decides, in the order in which it is told: what is lost comes first.
MEANINGS = {
    "database": "the database is in the point and not here",
    "table": "the table is on one side only",
    "rows": "the table holds other rows than were saved",
    "volume": "the volume is in the point and not here",
    "missing": "the file is in the point and not here",
    "altered": "the file is here with another content than was saved",
    "unreadable": "the file is here and could not be read, so nobody knows what is in it",
    "kind": "something else lies where the point has a file, a folder or a link",
    "extra": "the file is here and not in the point",
    "owner": "the content is right and belongs to somebody else",
    "mode": "the content is right, who may read or change it is not",
    "extension": "the database lacks an extension that it had",
    "role": "the server lacks a role that it had; who logged in by it cannot",
}
ANY_OTHER = "it is not as it was saved"
# The rest of a long list is in the restore's journal.
SHOWN = 50
CHARACTERS = 12


class Disproved(PointError):
    """What is here is not what a point holds; ``result`` is what the proof found."""

    def __init__(self, message: str, point: str, result: dict[str, Any]):
        super().__init__(message)
        self.point = point
        self.result = result


def digest(found: Sequence[Difference]) -> str:
    """A short word for exactly this list, in whatever order it was found."""
    lines = sorted(json.dumps(difference, sort_keys=True) for difference in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:CHARACTERS]


def text(point: str, found: Sequence[Difference]) -> str:
    """The list for people, by kinds, each with what it means."""
    kinds = sorted({difference["kind"] for difference in found}, key=_rank)
    lines = [f"what is here is not what {point} holds, {counted(found)} ({digest(found)}):"]
    left = SHOWN
    for kind in kinds:
        of_kind = [difference for difference in found if difference["kind"] == kind]
        lines.append(f"  {len(of_kind)} of the kind {kind}: {MEANINGS.get(kind, ANY_OTHER)}")
        lines += [f"    {difference['message']}" for difference in of_kind[:left]]
        left -= min(left, len(of_kind))
    if len(found) > SHOWN:
        lines.append(f"  and {len(found) - SHOWN} more, which are not shown")
    return "\n".join(lines)


def counted(found: Sequence[Difference]) -> str:
    """How many there are, in words."""
    return f"{len(found)} difference{'' if len(found) == 1 else 's'}"


def are_accepted(
    found: Sequence[Difference],
    asked: str,
    recorded: Sequence[Difference],
    recorded_digest: str,
    accepted: dict[str, Any],
    serving: bool,
) -> bool:
    """Whether a person has accepted exactly what was found.

    What was accepted before stays accepted, and so does the part of a list that is left: while services run, what they
    have added since is no difference any more.

    :param asked: the digest of the list that is accepted now; empty where nobody is asked.
    :param recorded: what the last proof found, with its digest.
    :param accepted: what was accepted before, as the journal has it.
    """
    if asked and asked == digest(found):
        return True
    known: Sequence[Difference] = []
    if accepted and asked in ("", accepted["digest"]):
        known = accepted["differences"]
    elif serving and asked and asked == recorded_digest:
        known = recorded
    return bool(known) and all(difference in known for difference in found)


def _rank(kind: str) -> tuple[int, str]:
    names = list(MEANINGS)
    return (names.index(kind) if kind in names else len(names), kind)
