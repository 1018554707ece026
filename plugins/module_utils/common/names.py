# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of files are bytes: as text that loses none of them, as JSON shows them, and as people read and copy them.

What is no UTF-8 in a name becomes a surrogate in its text, as Python's own functions have it. The encoding is said here
each time: a host's own may be another one.
"""

from __future__ import annotations

import re

# What JSON has for every byte that is no UTF-8, and for the character of that number.
LOST = "\ufffd"
_SURROGATE = re.compile("[\udc80-\udcff]")
_OUTER_BLANKS = re.compile("(?:(?<=/)|^) +| +(?=/|$)")
_ESCAPED = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def to_text(name: bytes) -> str:
    """A name or path as text."""
    return name.decode("utf-8", "surrogateescape")


def to_bytes(name: str) -> bytes:
    """The name or path that such a text stands for, as the file system has it."""
    return name.encode("utf-8", "surrogateescape")


def in_json(name: str) -> str:
    """How a program that writes JSON in Go shows a name: several names may look the same."""
    return _SURROGATE.sub(LOST, name)


def is_whole(shown: str) -> bool:
    """Whether what JSON shows can only be one name."""
    return LOST not in shown


def readable(name: str) -> str:
    r"""A name or path for people: what they cannot see or tell apart is written as ``\xff`` or ``\n``.

    Put into ``$'…'``, a shell takes it as the name it is.
    """
    seen = "".join(map(_readable, name))
    return _OUTER_BLANKS.sub(lambda blanks: "\\x20" * len(blanks[0]), seen)


def _readable(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    return character if character.isprintable() else "".join(f"\\x{byte:02x}" for byte in to_bytes(character))
