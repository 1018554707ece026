# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a point can be read though its repository is damaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.points.progress import silent
from ansible_collections.photosync.vps.plugins.module_utils.points.verify import unread
from ansible_collections.photosync.vps.plugins.module_utils.restic_answers import ResticError


class Repository:
    """restic, with a folder that is lost in the snapshot a…, and a file in b…."""

    environment: Mapping[str, str] = {}

    def walk(self, snapshot: str) -> None:
        if snapshot.startswith("a"):
            raise ResticError("restic: a folder is lost")

    def everything_argv(self, snapshot: str) -> list[str]:
        return ["sh", "-c", "echo a file is lost >&2; exit 1"] if snapshot.startswith("b") else ["true"]


def test_folders_and_files_that_cannot_be_read_are_told_with_the_parts_that_they_belong_to(
    manifest: dict[str, Any],
) -> None:
    folder, file = unread(Repository(), manifest, silent)
    assert folder.startswith("database custom-postgres/grouping: cannot be read") and "a folder is lost" in folder
    assert file.startswith("database custom-postgres/dedup: cannot be read") and "a file is lost" in file
