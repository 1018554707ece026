# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a file .dockerignore leaves out of a build."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from re import Pattern

IGNORE_FILE = ".dockerignore"
_PARTS = re.compile(
    r"(?P<folders>\*\*/)|(?P<all>\*\*)|(?P<any>\*)|(?P<one>\?)|(?P<class>\[[^\]]+\])|(?P<plain>.)", re.S
)
_MEANING = {"folders": "(?:.*/)?", "all": ".*", "any": "[^/]*", "one": "[^/]"}


class Ignored:
    """Decides on paths relative to the context; the last rule that matches a path, or a folder above it, counts."""

    def __init__(self, lines: Iterable[str]):
        self._rules: list[tuple[bool, Pattern[str]]] = []
        for line in lines:
            text = line.strip()
            if text and not text.startswith("#"):
                self._rules.append((not text.startswith("!"), _pattern(text.lstrip("!").strip("/ "))))
        self._has_exceptions = not all(ignore for ignore, _pattern in self._rules)

    def __call__(self, path: str) -> bool:
        """Whether a file is left out."""
        matching = [ignore for ignore, pattern in self._rules if pattern.match(path)]
        return bool(matching) and matching[-1]

    def wholly(self, folder: str) -> bool:
        """Whether nothing in a folder can be part of the build."""
        return not self._has_exceptions and self(folder)


def ignored_in(folder: str, dockerfile: str) -> Ignored:
    """What the owner of a folder leaves out of builds with this Dockerfile."""
    for name in (f"{dockerfile}{IGNORE_FILE}", IGNORE_FILE):
        try:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as stream:
                return Ignored(stream)
        except OSError:
            continue
    return Ignored([])


def _pattern(text: str) -> Pattern[str]:
    found = (match for match in _PARTS.finditer(text))
    expression = "".join(_MEANING.get(match.lastgroup or "") or _literal(match) for match in found)
    return re.compile(f"{expression}(?:/.*)?$", re.S)


def _literal(match: re.Match[str]) -> str:
    return match[0] if match.lastgroup == "class" else re.escape(match[0])
