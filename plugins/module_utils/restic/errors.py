# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What restic's answers and exit codes mean, in plain words."""

from __future__ import annotations

import json
import re
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed

FAILED = 1
UNREADABLE_SOURCE = 3
NO_REPOSITORY = 10
LOCKED = 11
WRONG_PASSWORD = 12

# How restic says of the repository's own description, or of a key, that it is there and no longer what it was.
ROTTEN = ("is damaged", "invalid data returned", "ciphertext verification failed")
MEANINGS = {
    UNREADABLE_SOURCE: "a file could not be read, so the snapshot would be incomplete",
    NO_REPOSITORY: "there is no repository; check its address and that its disk is mounted",
    LOCKED: "another restic has locked the repository; wait for it, or remove a dead host's lock with `restic unlock`",
    WRONG_PASSWORD: "the repository's password is wrong",
}


class ResticError(Exception):
    """restic failed. ``rc`` is its exit code, None when it never ran or was stopped at its time limit."""

    def __init__(self, message: str, rc: Optional[int] = None):
        super().__init__(message)
        self.rc = rc


class Damaged(ResticError):
    """restic has read the repository and found that something in it is lost or is not what it was."""


# What it means for whoever is responsible that a repository could not be read, or not all of it.
DAMAGED, BUSY, UNREACHABLE = "damaged", "busy", "unreachable"


def outcome(error: ResticError) -> str:
    """Whether the repository is damaged, or nobody knows: because somebody else is at it, or it cannot be opened."""
    if isinstance(error, Damaged):
        return DAMAGED
    return BUSY if error.rc == LOCKED else UNREACHABLE


def parse_lines(text: str) -> list[dict[str, Any]]:
    """The objects of an answer that has one JSON object a line, other lines left out."""
    found = []
    # Not splitlines: a name in an answer may hold what Unicode also takes for a line's end.
    for line in text.split("\n"):
        if line.startswith("{"):
            try:
                found.append(json.loads(line))
            except ValueError:
                continue
    return found


def summary_in(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The closing summary among what ``backup --json`` or ``restore --json`` said."""
    for entry in reversed(entries):
        if entry.get("message_type") == "summary":
            return entry
    raise ResticError("restic ended without a summary")


def explain(rc: Optional[int], stderr: str) -> str:
    """An exit code and what was said with it, in plain words."""
    said = [*_of_command(stderr), *(_complaint(entry) for entry in parse_lines(stderr))]
    detail = "; ".join(part.strip() for part in said if part.strip()) or stderr.strip()
    meaning = MEANINGS.get(rc, f"it ended with exit code {rc}") if rc is not None else "it did not end"
    return f"restic: {meaning}: {detail[-1000:]}" if detail else f"restic: {meaning}"


def _of_command(stderr: str) -> list[str]:
    """What the command said whose output was to be saved. restic itself only knows that it failed."""
    return [line[:300] for line in re.findall(r"^subprocess [^:]+: (.*)", stderr, re.MULTILINE)]


def _complaint(entry: dict[str, Any]) -> str:
    """What a line of restic's says, with the file that it is about."""
    said = str(entry.get("message") or entry.get("error", {}).get("message", ""))
    return f"{entry['item']}: {said}" if said and entry.get("item") else said


def unanswered(error: CommandFailed, timeout: Optional[float]) -> str:
    """Why restic did not end; of what it complained of again and again while it tried, the last."""
    complaints = [line for line in error.stderr.splitlines() if line.strip()]
    if timeout is None or not complaints:
        return f"restic: {error}"
    said = re.sub(r"^.* returned error, retrying after \S+: ", "", complaints[-1])
    return f"restic: no answer within {timeout:g} s: {said}"
