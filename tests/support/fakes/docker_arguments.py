# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line of ``docker`` taken apart."""

from __future__ import annotations

from collections.abc import Sequence

Options = dict[str, list[str]]
VALUES = (
    "--filter", "--format", "--time", "--restart", "--memory", "--memory-swap", "--label", "--type", "--env",
    "--network", "--entrypoint", "--name", "--volume", "--tail", "-c", "--progress", "--policy",
)  # fmt: skip


def parse(argv: Sequence[str]) -> tuple[list[str], Options]:
    """Words and options of a command line."""
    words: list[str] = []
    options: Options = {}
    given = iter(argv)
    for word in given:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            words.append(word)
        elif name in VALUES:
            options.setdefault(name, []).append(value if equals else next(given))
        else:
            options.setdefault(word, [])
    return words, options


def first(argv: Sequence[str], start: int) -> int:
    """Where the first word is that is no option."""
    place = start
    while argv[place].startswith("-"):
        place += 2 if argv[place] in VALUES else 1
    return place
