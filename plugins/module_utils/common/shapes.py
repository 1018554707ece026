# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What data from elsewhere has to look like, as tables: every mistake is found at once, and named where it is.

A shape says of a value, and of the words for where it stands, what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, NamedTuple

Shape = Callable[[Any, str], Iterator[str]]
# So much of a wrong value is shown.
SHOWN = 80
# What fits into a name of PostgreSQL's, which cuts longer ones short without a word.
POSTGRESQL_BYTES = 63
# Names are bytes; what is no UTF-8 of them is kept as Python keeps it.
BYTES = ("utf-8", "surrogatepass")


class Field(NamedTuple):
    """One field of a record; without the one, nothing is wrong."""

    shape: Shape
    required: bool = True


def leaf(said: str, holds: Callable[[Any], bool]) -> Shape:
    """A value for which ``holds`` is true; ``said`` is what it has to be, in words."""

    def problems(value: Any, where: str) -> Iterator[str]:
        if not holds(value):
            yield f"{where} has to be {said}, not {_shown(value)}"

    return problems


def listed(shape: Shape, named: Callable[[Any], str] = lambda _one: "") -> Shape:
    """A list of such values.

    :param named: what people call one of them; its number without.
    """

    def problems(value: Any, where: str) -> Iterator[str]:
        yield from _of_kind(value, list, "a list", where)
        for number, one in enumerate(value if isinstance(value, list) else [], 1):
            yield from shape(one, named(one) or f"{where} {number}")

    return problems


def keyed(key: Shape, shape: Shape) -> Shape:
    """A dictionary with such keys and values."""

    def problems(value: Any, where: str) -> Iterator[str]:
        yield from _of_kind(value, dict, "a dictionary", where)
        for name, one in value.items() if isinstance(value, dict) else ():
            yield from key(name, f"{where}: the name")
            yield from shape(one, f"{where}: {_shown(name)}")

    return problems


def record(fields: Mapping[str, Field]) -> Shape:
    """A dictionary with these fields; others are left to whoever knows them."""

    def problems(value: Any, where: str) -> Iterator[str]:
        yield from _of_kind(value, dict, "a dictionary", where or "it")
        before = f"{where}: " if where else ""
        for name, one in fields.items() if isinstance(value, dict) else ():
            if name in value:
                yield from one.shape(value[name], before + name)
            elif one.required:
                yield f"{before}{name} is missing"

    return problems


def row(*shapes: Shape) -> Shape:
    """A list of just so many values."""

    def problems(value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, list) or len(value) != len(shapes):
            yield f"{where} has to be a list of {len(shapes)}, not {_shown(value)}"
            return
        for number, (shape, one) in enumerate(zip(shapes, value), 1):
            yield from shape(one, f"{where}, value {number},")

    return problems


def maybe(shape: Shape) -> Shape:
    """Such a value, or None."""

    def problems(value: Any, where: str) -> Iterator[str]:
        if value is not None:
            yield from shape(value, where)

    return problems


def of_form(said: str, form: str) -> Shape:
    """A text of which the whole has this form."""
    return leaf(said, lambda value: isinstance(value, str) and bool(re.fullmatch(form, value)))


def one_of(known: Container[Any], said: str) -> Shape:
    """One of these texts."""
    return leaf(said, lambda value: isinstance(value, str) and value in known)


def between(least: int, most: int) -> Shape:
    """A whole number in a range."""
    return leaf(f"a whole number from {least} to {most}", lambda value: _whole(value) and least <= value <= most)


def is_path(value: Any) -> bool:
    """Whether it is the whole path of something below the root, and leads nowhere else."""
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value:
        return False
    steps = value.split("/")
    return any(steps) and not {".", ".."} & set(steps)


def fits_postgresql(value: Any) -> bool:
    """Whether it can be the name of a database, a role and the like."""
    return isinstance(value, str) and "\0" not in value and 0 < len(value.encode(*BYTES)) <= POSTGRESQL_BYTES


def is_flat(value: Any) -> bool:
    """Whether it names a file in a folder, and is no option."""
    return isinstance(value, str) and value not in (".", "..") and bool(re.fullmatch(r"[^/\0-][^/\0]*", value))


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")


TEXT = leaf("a text without NUL", lambda value: isinstance(value, str) and "\0" not in value)
# What is shown to people on a line of its own may move no cursor.
LINE = of_form("a text on one line", r"[^\x00-\x1f\x7f]*")
WORD = of_form("one word that is no option", r"[^\s\x00-\x1f\x7f-][^\s\x00-\x1f\x7f]*")
FLAG = leaf("true or false", lambda value: isinstance(value, bool))
COUNT = leaf("a whole number that is not negative", lambda value: _whole(value) and value >= 0)
NUMBER = leaf("a number that is not negative", _is_number)
HASH = of_form("64 hexadecimal digits", r"[0-9a-f]{64}")
PATH = leaf("a whole path without . and ..", is_path)
FLAT = leaf("the name of a file, without a slash or a dash first", is_flat)
# As Compose lets services and volumes be called.
NAME = of_form("letters, digits, dots, dashes and underscores, no dash first", r"[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}")
SQL_NAME = leaf(f"a name of at most {POSTGRESQL_BYTES} bytes without NUL", fits_postgresql)


def _of_kind(value: Any, kind: type, said: str, where: str) -> Iterator[str]:
    if not isinstance(value, kind):
        yield f"{where} has to be {said}, not {_shown(value)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
