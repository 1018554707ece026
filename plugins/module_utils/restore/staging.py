# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fill a volume beside the one that is there and exchange them by two renames; in place where there is no room.

Beside, what was there stays whole until everything is proved. In place only what differs is written. What is new is on
the disk before it is called by the volume's name, and before anything old goes.
"""

from __future__ import annotations

import glob
import itertools
import os
from typing import Any, Callable

from ansible_collections.photosync.vps.plugins.module_utils.common import files
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.meter import Meter
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic


def beside(target: str, word: str, name: str) -> str:
    """The folder beside ``target``, on the same file system, that bringing back ``name`` fills or sets aside."""
    return f"{target}.{word}-{name}"


def exchanged(target: str, name: str) -> bool:
    """Whether the new folder is in place already, though nobody noted it."""
    waits, was_there = (os.path.isdir(beside(target, word, name)) for word in ("restore", "before"))
    return os.path.isdir(target) and was_there and not waits


def fill(restic: Restic, part: dict[str, Any], target: str, progress: Progress) -> None:
    """Make ``target`` what the volume was: content, owners, modes, and nothing more in it."""
    meter = Meter(progress, f"volume {part['name']}", part["bytes"])
    restic.restore(part["snapshot"], part["path"], target, meter.at)
    os.chown(target, part["root"]["uid"], part["root"]["gid"])
    os.chmod(target, part["root"]["mode"])


def stage(restic: Restic, part: dict[str, Any], target: str, point: str, progress: Progress) -> None:
    """Fill a new folder beside the volume; broken off anywhere, it can be done again."""
    bring_back(target)
    staged = beside(target, "restore", point)
    os.makedirs(staged, mode=0o700, exist_ok=True)
    fill(restic, part, staged, progress)


def exchange(target: str, name: str, replacing: Callable[[], None]) -> None:
    """Give the new folder the volume's place; broken off anywhere, it can be done again.

    :param replacing: told before the first thing happens that what is there does not survive.
    """
    staged = beside(target, "restore", name)
    files.sync_file_system(staged)
    if os.path.isdir(target):
        replacing()
        os.rename(target, _unused(beside(target, "before", name)))
    os.rename(staged, target)
    files.sync_folder(os.path.dirname(target))


def _unused(path: str) -> str:
    """``path``, or a name like it where something has it: whatever was in a volume's place is kept."""
    names = itertools.chain([path], (f"{path}.{number}" for number in itertools.count(2)))
    return next(name for name in names if not os.path.lexists(name))


def bring_back(target: str) -> None:
    """Give a volume that is not there what was set aside last: an exchange broke off between its renames."""
    there = [folder for folder in glob.glob(glob.escape(target) + ".before-*") if not folder.endswith(files.RUBBISH)]
    if there and not os.path.isdir(target):
        os.rename(max(there, key=lambda folder: os.stat(folder).st_ctime_ns), target)
        files.sync_folder(os.path.dirname(target))


def leftovers(target: str) -> list[str]:
    """Folders that restores have left beside a volume, first those that are half removed."""
    left = glob.glob(glob.escape(target) + ".restore-*") + glob.glob(glob.escape(target) + ".before-*")
    return sorted(left, key=lambda folder: (not folder.endswith(files.RUBBISH), folder))


def clear(target: str) -> None:
    """Remove what restores have left beside a volume, once what has its place is on the disk."""
    bring_back(target)
    left = leftovers(target)
    if left:
        files.sync_file_system(target)
    for folder in left:
        files.discard(folder)
