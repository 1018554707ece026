# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an adoption has found and done, kept on the host beside its safety copy, until it is finished or taken back."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.files import sync_file_system, write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.preflight.existing import journal_path


class Journal:
    """Phases that are done and what the next ones need. It holds secrets of the old containers: only root reads it."""

    def __init__(self, stack: str):
        self.path = journal_path(stack)
        self.folder = os.path.dirname(self.path)
        self.data: dict[str, Any] = {"done": []}
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as stream:
                self.data = json.load(stream)

    @property
    def begun(self) -> bool:
        """Whether an adoption was begun, and neither finished nor taken back."""
        return os.path.exists(self.path)

    @property
    def under_way(self) -> bool:
        """Whether it has touched the old deployment. Before that it can as well begin anew."""
        return bool(self.data.get("touched"))

    def done(self, phase: str) -> bool:
        """Whether a phase has come to its end."""
        return phase in self.data["done"]

    def note(self, phase: str = "", **more: Any) -> None:
        """Remember that a phase has come to its end, and whatever else, once what was kept is on the disk."""
        self.data.update(more)
        if phase:
            self.data["done"].append(phase)
        sync_file_system(self.make_folder())
        write_atomically(self.path, json.dumps(self.data, indent=1) + "\n")

    def make_folder(self, name: str = "") -> str:
        """Make the folder of the safety copy, or one in it, such that only root looks inside; returns its path."""
        for folder in (os.path.dirname(self.folder), self.folder, os.path.join(self.folder, name)):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        os.chmod(self.folder, 0o700)
        return os.path.join(self.folder, name)

    def forget(self) -> None:
        """Begin anew."""
        self.data = {"done": []}

    def close(self) -> None:
        """End it; nothing is in its way any more."""
        os.unlink(self.path)
