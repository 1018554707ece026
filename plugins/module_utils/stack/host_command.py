# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stack's own command on its host: one executable file of many bytes."""

from __future__ import annotations

import os

FOLDER = "/usr/local/bin"
MODE = 0o755


def path_of(stack: str) -> str:
    """Where the command of ``stack`` lies."""
    return os.path.join(FOLDER, stack)


def differs(path: str, wanted: bytes) -> bool:
    """Whether ``path`` is not an executable file with exactly these bytes."""
    try:
        with open(path, "rb") as stream:
            return stream.read() != wanted or (os.stat(path).st_mode & 0o7777) != MODE
    except OSError:
        return True


def install(path: str, wanted: bytes) -> None:
    """Replace the command in one step; one that is running goes on with the old file."""
    temporary = path + ".new"
    with open(temporary, "wb") as stream:
        stream.write(wanted)
        os.fchmod(stream.fileno(), MODE)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)


def diff(path: str) -> list[dict[str, str]]:
    """One line instead of bytes that nobody reads; nothing for an empty path."""
    if not path:
        return []
    return [{"before_header": path, "after_header": path, "before": "", "after": "(the packed engine, executable)\n"}]
