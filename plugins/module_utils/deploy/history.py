# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What became of each deployment on this host: which release was last healthy, by whom, and why others failed."""

from __future__ import annotations

import datetime
import json
import os
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically

KEPT_ENTRIES = 100
HEALTHY, FAILED, ROLLED_BACK = "healthy", "failed", "rolled back"
# Not an end, but on the way there: a restore point was made, whose ID is in "why", and in "of" what served then.
POINT = "restore point"


class History:
    """The deployments of one stack, oldest first, in ``<state>/releases.json``."""

    def __init__(self, state_dir: str):
        self._path = os.path.join(state_dir, "releases.json")
        self.entries: list[dict[str, Any]] = _read(self._path)

    def proven(self, besides: str = "") -> Optional[str]:
        """The release that was last seen healthy, other than ``besides``; None when there is none."""
        for entry in reversed(self.entries):
            if entry["outcome"] == HEALTHY and entry["release"] != besides:
                return entry["release"]
        return None

    def is_proven(self, release: str) -> bool:
        """Whether what was last said of ``release`` is that it is healthy."""
        told = [entry["outcome"] for entry in self.entries if entry["release"] == release and entry["outcome"] != POINT]
        return bool(told) and told[-1] == HEALTHY

    def point(self, served: str) -> str:
        """ID of the restore point that was made last of what ``served`` served, since it was last healthy; or "".

        One that was made of what came after it may hold data that it cannot read.
        """
        for entry in reversed(self.entries):
            # The version before has not said of which release a point was made.
            if entry["outcome"] == POINT and entry.get("of", served) == served:
                return entry["why"]
            if (entry["release"], entry["outcome"]) == (served, HEALTHY):
                break
        return ""

    def note(self, release: str, outcome: str, who: str = "", why: str = "", **more: str) -> None:
        """Remember how a deployment of ``release`` ended, or of what release a point was made on the way."""
        now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        self.entries.append({"release": release, "outcome": outcome, "at": now, "who": who, "why": why, **more})
        self.entries = self.entries[-KEPT_ENTRIES:]
        os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
        write_atomically(self._path, json.dumps(self.entries, indent=1) + "\n")


def _read(path: str) -> list[dict[str, Any]]:
    """An unreadable file is no history: the next deployment writes it anew, and nothing is rolled back to."""
    try:
        with open(path, encoding="utf-8") as stream:
            return list(json.load(stream))
    except (OSError, ValueError):
        return []
