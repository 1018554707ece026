# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is told of commands that do not end, and of locks on a disk that is full."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.module_utils import lock, process


def test_a_command_that_never_ends_is_told_with_what_it_complained_of() -> None:
    with pytest.raises(process.CommandFailed, match=r"no end within 0\.5 s\nthe signature does not match"):
        process.run(["sh", "-c", "echo the signature does not match >&2; exec sleep 10"], timeout=0.5)


def test_a_lock_is_held_though_nobody_can_be_told_who_holds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    path = str(tmp_path / "points.lock")
    with (
        lock.exclusive(path, "a backup"),
        pytest.raises(lock.Busy, match="another command is already running"),
        lock.exclusive(path, "a restore"),
    ):
        pass
