# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs on the throwaway host: ``STEP WORDS…`` is ``small WORDS…``, killed with -9 at that step of its work on the disk.

Steps are counted from 1: before and in the middle of each copy and removal, before each rename and each sync.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

sys.path.insert(0, "/usr/local/bin/small")

from ansible_collections.photosync.vps.plugins.module_utils.cli import main as command
from ansible_collections.photosync.vps.plugins.module_utils.common import files
from ansible_collections.photosync.vps.plugins.module_utils.restore import safety_copy

steps = iter(range(int(sys.argv[1]) - 1, -1, -1))


def step() -> int:
    """Come to a step, which may be the last; returns how many are left."""
    left = next(steps, -1)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return left


def before(deed: Callable[..., Any]) -> Callable[..., Any]:
    """The same with a step before it."""

    def stepping(*given: Any, **named: Any) -> Any:
        step()
        return deed(*given, **named)

    return stepping


def copy(source: str, target: str) -> None:
    """The engine's copy, after one that has come as far as its first file."""
    left = step()
    found = next((os.path.join(at, name) for at, _folders, names in os.walk(source) for name in names), None)
    if found and left == 1:
        os.makedirs(target, exist_ok=True)
        subprocess.run(["cp", "-a", found, target], check=True)
    step()
    engine_copy(source, target)


def remove(folder: str, *given: Any, **named: Any) -> None:
    """The library's removal, after one that has come as far as its first file."""
    left = step()
    found = next((os.path.join(at, name) for at, _folders, names in os.walk(folder) for name in names), None)
    if found and left == 1:
        os.unlink(found)
    step()
    library_remove(folder, *given, **named)


engine_copy, library_remove = safety_copy._copy, shutil.rmtree
safety_copy._copy, shutil.rmtree = copy, remove
os.rename = before(os.rename)
files.sync_file_system, files.sync_folder = before(files.sync_file_system), before(files.sync_folder)
sys.exit(command.main("small", "0", sys.argv[2:]))
