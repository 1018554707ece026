# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lies in a snapshot, every name as it is: restic's JSON does not tell bytes apart that are no UTF-8.

Without ``--json`` restic prints the bytes, in the same order; but it does not say where a name ends that has a line
feed in it. The two together leave nothing open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.names import in_json, is_whole, readable, to_text
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, reading
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Hear, Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError


class Printed:
    """Names as ``restic ls`` prints them, each asked for by what JSON shows of it."""

    def __init__(self, lines: Iterator[bytes]):
        self._lines = lines
        self._ahead = b""

    def like(self, shown: str) -> str:
        """The next name, which JSON shows like this; raises ResticError where it is another one."""
        feeds = shown.count("\n")
        if shown.endswith("\n"):
            name = b"".join(self._line() for _line in range(feeds))
            # Newer versions take a line feed at a name's end for the line's own.
            following = self._line()
            self._ahead = b"" if following == b"\n" else following
        else:
            name = b"".join(self._line() for _line in range(feeds + 1))[:-1]
        found = to_text(name)
        if in_json(found) != shown:
            raise ResticError(f"restic calls a file {readable(shown)} at one time and {readable(found)} at another")
        return found

    def _line(self) -> bytes:
        line, self._ahead = self._ahead or next(self._lines, b""), b""
        return line


def exact_nodes(restic: Restic, snapshot: str, folder: str, hear: Hear) -> None:
    """Hand on every file, folder and link of a folder in a snapshot, with ``path`` as ``names.to_text`` has it.

    Those come first of which JSON tells all. Only where there are others restic is asked again, so that it takes no
    longer for names as almost everybody has them.
    """
    others = 0

    def first(node: dict[str, Any]) -> None:
        nonlocal others
        if is_whole(node["path"]):
            hear(node)
        else:
            others += 1

    restic.nodes(snapshot, first, folder)
    if others:
        _others(restic, snapshot, folder, hear)


def _others(restic: Restic, snapshot: str, folder: str, hear: Hear) -> None:
    place = f"{snapshot}:{folder}"
    try:
        with reading(restic.argv(["ls", "--quiet", place]), restic.environment) as lines:
            printed = Printed(lines)

            def second(node: dict[str, Any]) -> None:
                path = printed.like(node["path"])
                if not is_whole(node["path"]):
                    hear({**node, "path": path})

            restic.nodes(snapshot, second, folder)
    except CommandFailed as error:
        raise ResticError(f"restic: {error}") from error
