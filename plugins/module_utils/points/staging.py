# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fill a volume beside the one that is there and exchange them by two renames; in place where there is no room.

Beside, what was there stays whole until everything is proved. In place only what differs is written.
"""

from __future__ import annotations

import glob
import os
import shutil
from typing import Any, Callable

from ansible_collections.photosync.vps.plugins.module_utils.points.meter import Meter
from ansible_collections.photosync.vps.plugins.module_utils.points.progress import Progress
from ansible_collections.photosync.vps.plugins.module_utils.restic import Restic


def beside(target: str, word: str, point: str) -> str:
    """The folder beside ``target``, on the same file system, that a restore of ``point`` fills or sets aside."""
    return f"{target}.{word}-{point}"


def exchanged(target: str, point: str) -> bool:
    """Whether the restored folder is in place already, though nobody noted it."""
    return os.path.isdir(target) and os.path.isdir(beside(target, "before", point))


def fill(restic: Restic, part: dict[str, Any], target: str, progress: Progress) -> None:
    """Make ``target`` what the volume was: content, owners, modes, and nothing more in it."""
    meter = Meter(progress, f"volume {part['name']}", part["bytes"])
    restic.restore(part["snapshot"], part["path"], target, meter.at)
    os.chown(target, part["root"]["uid"], part["root"]["gid"])
    os.chmod(target, part["root"]["mode"])


def stage(restic: Restic, part: dict[str, Any], target: str, point: str, progress: Progress) -> None:
    """Fill a new folder beside the volume; broken off anywhere, it can be done again."""
    staged = beside(target, "restore", point)
    # A volume that is not there was moved out of the way already, and what takes its place is whole.
    if os.path.isdir(target):
        os.makedirs(staged, mode=0o700, exist_ok=True)
        fill(restic, part, staged, progress)


def exchange(target: str, point: str, replacing: Callable[[], None]) -> None:
    """Give the new folder the volume's place; broken off anywhere, it can be done again.

    :param replacing: told before the first thing happens that what is there does not survive.
    """
    if os.path.isdir(target):
        replacing()
        os.rename(target, beside(target, "before", point))
    os.rename(beside(target, "restore", point), target)


def leftovers(target: str) -> list[str]:
    """Folders that restores have left beside a volume."""
    return sorted(glob.glob(glob.escape(target) + ".restore-*") + glob.glob(glob.escape(target) + ".before-*"))


def clear(target: str) -> None:
    """Remove what restores have left beside a volume."""
    for folder in leftovers(target):
        shutil.rmtree(folder)
