# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore has finished, kept on the host, so that one that broke off goes on where it stopped."""

from __future__ import annotations

import datetime
import json
import os
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.files import write_atomically

# What broke off longer ago than this is begun anew: meanwhile somebody may have worked with what is there.
RESUMABLE_FOR = datetime.timedelta(hours=24)


class Journal:
    """The phases of restoring one point and its manifest: ``<state>/restore/<point>.json``."""

    def __init__(self, state_dir: str, point: str):
        self.folder = os.path.join(state_dir, "restore")
        self.path = os.path.join(self.folder, point + ".json")
        self.point = point
        self.phases: dict[str, dict[str, Any]] = {}
        self.manifest: Optional[dict[str, Any]] = None
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as stream:
                noted = json.load(stream)
            self.phases, self.manifest = noted["phases"], noted["manifest"]

    @property
    def allowed(self) -> bool:
        """Whether this restore was planned and not refused."""
        return "plan" in self.phases

    def resumable(self, now: datetime.datetime) -> bool:
        """Whether a restore got further than its plan and broke off not long ago."""
        times = [datetime.datetime.fromisoformat(phase["finished"]) for phase in self.phases.values()]
        return len(self.phases) > 1 and now - max(times) < RESUMABLE_FOR

    def result(self, phase: str) -> Optional[dict[str, Any]]:
        """What ``phase`` handed back when it finished, or None when it has not."""
        noted = self.phases.get(phase)
        return None if noted is None else noted["result"]

    def note(self, phase: str, result: dict[str, Any]) -> None:
        """Remember that ``phase`` is finished."""
        self.phases[phase] = {"finished": _now(), "result": result}
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        noted = {"point": self.point, "phases": self.phases, "manifest": self.manifest}
        write_atomically(self.path, json.dumps(noted, indent=2) + "\n")

    def forget(self) -> None:
        """Begin anew: nothing counts as finished."""
        self.phases = {}

    def close(self) -> None:
        """End this restore; its journal is kept under another name."""
        os.replace(self.path, os.path.join(self.folder, f"{self.point}.finished-{_now().replace(':', '')}.json"))


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
