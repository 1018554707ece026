# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files and links that are either the old one or the new one, never half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile


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
    _sync_folder(folder)


def link_atomically(path: str, target: str) -> None:
    """Make ``path`` a symbolic link to ``target``, replacing an earlier link in one step."""
    temporary = f"{path}.new-{os.getpid()}"
    if os.path.lexists(temporary):
        os.unlink(temporary)
    os.symlink(target, temporary)
    os.replace(temporary, path)
    _sync_folder(os.path.dirname(path))


def folder_bytes(folder: str) -> int:
    """Bytes that the files in ``folder`` take on the disk; none where there is no such folder."""
    taken = 0
    for root, _folders, names in os.walk(folder):
        for name in names:
            # Files come and go while they are counted.
            with contextlib.suppress(FileNotFoundError):
                taken += os.lstat(os.path.join(root, name)).st_blocks * 512
    return taken


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
