# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files, links and folders that are either the old one or the new one, never half of one, and stay so without power."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator

from ansible_collections.photosync.vps.plugins.module_utils.common.process import run

# A folder of such a name is being removed: some of what was in it may be gone.
RUBBISH = ".rubbish"


def write_atomically(path: str, content: str, mode: int = 0o600) -> None:
    """Replace ``path`` by ``content`` (UTF-8) with ``mode``; a crash leaves the old file whole."""
    folder = os.path.dirname(path)
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
            os.fchmod(stream.fileno(), mode)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def below(folder: str, path: str) -> str:
    """Where ``path`` goes when it is laid into ``folder``; raises ValueError where that is not inside it.

    A link on the way counts as leading outside, since what is laid there may bring its own.
    """
    wanted = os.path.normpath(path.lstrip("/"))
    root = os.path.realpath(folder)
    found = os.path.join(root, wanted)
    if wanted in ("", ".", "..") or wanted.startswith("../") or os.path.realpath(found) != found:
        raise ValueError(f"{path!r} leads out of {folder}")
    return found


def link_atomically(path: str, target: str) -> None:
    """Make ``path`` a symbolic link to ``target``, replacing an earlier link in one step."""
    temporary = f"{path}.new-{os.getpid()}"
    if os.path.lexists(temporary):
        os.unlink(temporary)
    os.symlink(target, temporary)
    os.replace(temporary, path)
    sync_folder(os.path.dirname(path))


def states(folder: str) -> Iterator[os.stat_result]:
    """What the file system says of each file in ``folder``, at any depth; nothing where there is no such folder."""
    for root, _folders, names in os.walk(folder):
        for name in names:
            # Files come and go while they are looked at, and of one too far down nobody can ask.
            with contextlib.suppress(OSError):
                yield os.lstat(os.path.join(root, name))


def folder_bytes(folder: str) -> int:
    """Bytes that the files in ``folder`` take on the disk; none where there is no such folder."""
    return sum(state.st_blocks * 512 for state in states(folder))


def nearest_folder(path: str) -> str:
    """``path``, or the nearest folder above it that is there."""
    while not os.path.isdir(path):
        path = os.path.dirname(path) or "/"
    return path


def free_bytes(path: str) -> int:
    """Free bytes of the file system that will hold ``path``, which need not be there yet."""
    return shutil.disk_usage(nearest_folder(path)).free


def sync_file_system(path: str) -> None:
    """Return once all that was written to the file system of ``path`` is on its disk; raises OSError where it is not.

    One call for any number of files; Python has none of its own.
    """
    handle = os.open(nearest_folder(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), path)
    finally:
        os.close(handle)


def sync_folder(folder: str) -> None:
    """Return once it is on the disk what is called what in ``folder``."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(folder: str) -> None:
    """Remove a folder, however deep it is: Python keeps each folder on the way down open, of which it may have few."""
    try:
        shutil.rmtree(folder)
    except RecursionError:
        run(["rm", "-rf", "--", folder])
    except OSError as error:
        if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENAMETOOLONG):
            raise
        run(["rm", "-rf", "--", folder])


def discard(folder: str) -> None:
    """Remove a folder. It gets another name first, so that what a kill leaves of it is never taken for the whole."""
    rubbish = folder if folder.endswith(RUBBISH) else folder + RUBBISH
    if folder != rubbish:
        if os.path.isdir(rubbish):
            remove(rubbish)
        os.rename(folder, rubbish)
        sync_folder(os.path.dirname(folder))
    remove(rubbish)
