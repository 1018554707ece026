# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a module that takes long tells how it goes: lines in a file that its action plugin reads meanwhile."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Optional

# Options that the action plugin fills in; documented in the fragment of the same name.
WATCHED = {"who": {"type": "str", "default": ""}, "progress": {"type": "path"}}


class ProgressFile:
    """Lines appended to a file for whoever waits, and kept for the module's result.

    The file is closed to everybody but root and the user who logged in, who reads it without root's rights.

    :param path: where; nothing is written when it is empty.
    """

    def __init__(self, path: str):
        self.lines: list[str] = []
        self._path = path
        self._handle: Optional[int] = None

    def __enter__(self) -> ProgressFile:
        if self._path:
            os.makedirs(os.path.dirname(self._path), mode=0o755, exist_ok=True)
            self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            os.chown(self._handle, int(os.environ.get("SUDO_UID", "-1")), -1)
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
            os.unlink(self._path)

    def tell(self, line: str) -> None:
        """Say one line."""
        self.lines.append(line)
        if self._handle is not None:
            os.write(self._handle, (line + "\n").encode("utf-8", "replace"))
