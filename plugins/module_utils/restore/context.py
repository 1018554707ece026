# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One restore while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Settings
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.restore import selection
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.steps.journal import Journal


@dataclass
class Restoring:
    """All that a phase needs to know; the manifest is that of the parts that are restored, as ``place`` has them.

    :param accept: the digest of the differences that a person accepts.
    """

    target: Target
    settings: Settings
    restic: Restic
    manifest: dict[str, Any]
    trees: dict[str, str]
    progress: Progress
    journal: Journal
    place: Settings
    accept: str = ""

    @property
    def stack(self) -> str:
        return self.target.stack

    @property
    def only(self) -> list[str]:
        return list(self.manifest["only"])

    @property
    def concerned(self) -> set[str]:
        """Services that have to stand still."""
        return selection.concerned(self.target, self.manifest)
