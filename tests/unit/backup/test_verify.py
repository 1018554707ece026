# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a point can be read though its repository is damaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.verify import damage, unread
from ansible_collections.photosync.vps.plugins.module_utils.common.log import silent
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import LOCKED, ResticError


class Repository:
    """restic, with a folder that is lost in the snapshot a…, and a file in b…."""

    environment: Mapping[str, str] = {}

    def walk(self, snapshot: str) -> None:
        if snapshot.startswith("a"):
            raise ResticError("restic: a folder is lost")

    def reach(self) -> None:
        """It is there."""

    def everything_argv(self, snapshot: str) -> list[str]:
        return ["sh", "-c", "echo a file is lost >&2; exit 1"] if snapshot.startswith("b") else ["true"]


def test_folders_and_files_that_cannot_be_read_are_told_with_the_parts_that_they_belong_to(
    manifest: dict[str, Any],
) -> None:
    folder, file = unread(Repository(), manifest, silent)
    assert folder.startswith("database custom-postgres/grouping: cannot be read") and "a folder is lost" in folder
    assert file.startswith("database custom-postgres/dedup: cannot be read") and "a file is lost" in file


class Gone(Repository):
    """The same, which is not there any more afterwards."""

    def check(self) -> None:
        raise ResticError("restic: another restic has locked the repository", LOCKED)

    def reach(self) -> None:
        raise ResticError("restic: no route to host")


def test_a_repository_that_goes_away_or_is_locked_says_nothing_of_the_point(manifest: dict[str, Any]) -> None:
    with pytest.raises(ResticError, match="no route"):
        unread(Gone(), manifest, silent)
    with pytest.raises(ResticError, match="locked"):
        damage(Gone())
