# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands in lines that fit on paper: what a printer broke, somebody would type in two."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

WIDTH = 100
STEP = "    "


def command(words: Sequence[str], indent: str = "", before: str = "") -> str:
    """Words of a command, quoted for a shell, on as few lines as fit.

    :param indent: that of the first line.
    :param before: what stands in front of the command on the first line.
    """
    return filled([quote(word) for word in words], indent, before)


def filled(words: Sequence[str], indent: str = "", before: str = "") -> str:
    """The same for words that are quoted already. An option is not parted from its value."""
    lines = [before + words[0]]
    for word in _units(words[1:]):
        if len(indent) + len(lines[-1]) + len(word) + len(" " + " \\") > WIDTH:
            lines.append(STEP + word)
        else:
            lines[-1] += " " + word
    return f" \\\n{indent}".join(lines)


def _units(words: Sequence[str]) -> list[str]:
    units: list[str] = []
    for number, word in enumerate(words):
        if number and words[number - 1].startswith("-") and not word.startswith("-"):
            units[-1] += " " + word
        else:
            units.append(word)
    return units
