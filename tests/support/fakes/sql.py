# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words of psql's input: statements, commands of psql's own, and what is quoted in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

IDENT = r'(?:"(?:[^"]|"")*"|[a-z_][a-z0-9_]*)'
LITERAL = r"(?:E'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*')"
# What ends a statement, or may hold its end without being it.
TOKEN = re.compile(rf'"(?:[^"]|"")*"|{LITERAL}|\$\$.*?\$\$|\\gset|;|^\\[a-z].*?$', re.DOTALL | re.MULTILINE)


def statements(text: str) -> Iterator[tuple[str, str, str]]:
    r"""Each statement with how it ends, ``;`` or ``\gset``, and each command of psql's, which ends with nothing.

    The third is the rest of the text from there on: what has no end yet is to be gone on with.
    """
    begun = 0
    for found in TOKEN.finditer(text):
        word = found[0]
        if word in (";", "\\gset"):
            yield text[begun : found.start()].strip(), word, text[found.end() :]
            begun = found.end()
        elif word.startswith("\\") and not text[begun : found.start()].strip():
            yield word, "", text[found.end() :]
            begun = found.end()


def plain(statement: str) -> str:
    """A statement to be compared with another, whatever lines it is written on."""
    return " ".join(statement.split()).rstrip("; ")


def name(word: str) -> str:
    """An identifier as it is called."""
    return word[1:-1].replace('""', '"') if word.startswith('"') else word


def value(word: str) -> str:
    """A literal as it is."""
    if word.startswith("E"):
        return re.sub(r"\\(.)", r"\1", word[2:-1].replace("''", "'"))
    return word[1:-1].replace("''", "'")
