# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names that restic's JSON shows alike: which of them it means, where that can be told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.names import (
    in_json,
    is_whole,
    readable,
    to_bytes,
    to_text,
)

# How many names a message holds that may all be meant.
AT_MOST = 3


class Lookalikes:
    """What a snapshot holds under those names that JSON cannot show; nothing is kept of all others."""

    def __init__(self, shown: Iterable[str]):
        """Take the paths, from the snapshot's folder on, whose names are to be found out."""
        self._saved: dict[str, list[tuple[str, int]]] = {path: [] for path in shown if not is_whole(path)}

    def note(self, node: dict[str, Any]) -> None:
        """Hear of a file, folder or link of the snapshot, with its name as it is."""
        alike = self._saved.get(in_json(node["path"])) if self._saved else None
        if alike is not None:
            alike.append((node["path"], node.get("size", 0)))

    def saved(self, shown: str, size: int) -> list[str]:
        """The files of the snapshot that may be meant."""
        return [shown] if is_whole(shown) else [path for path, known in self._saved[shown] if known == size]

    def unsaved(self, shown: str, target: str) -> list[str]:
        """What is here and not in the snapshot and may be meant."""
        if is_whole(shown):
            return [shown]
        saved = {path for path, _size in self._saved[shown]}
        return [path for path in _present(shown, target) if path not in saved]


def called(names: Sequence[str], times: int, shown: str) -> list[str]:
    """How to call ``times`` files to people, of which each is one of ``names``."""
    if len(names) == times:
        return [readable(name) for name in names]
    listed = ", ".join(readable(name) for name in names[:AT_MOST])
    more = f" and {len(names) - AT_MOST} more" if len(names) > AT_MOST else ""
    return [f"{times} of {listed}{more}" if names else readable(shown)]


def _present(shown: str, target: str) -> list[str]:
    """Paths from ``target`` on that are here and that JSON shows like this."""
    found = [""]
    for part in shown.strip("/").split("/"):
        found = [f"{path}/{name}" for path in found for name in _names(target + path, part)]
    return sorted(found)


def _names(folder: str, shown: str) -> list[str]:
    try:
        names = map(to_text, os.listdir(to_bytes(folder)))
        return [name for name in names if in_json(name) == shown]
    except OSError:
        return []
