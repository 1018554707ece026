# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Frozen dataclasses from what JSON holds, and back. What an older version did not write has its default."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def of(kind: type[T], given: Mapping[str, Any]) -> T:
    """A dataclass from a mapping; fields that it does not know are left to whoever does.

    Raises TypeError where one that has no default is missing.
    """
    known: Any = kind
    return kind(**{name: _value(hint, given[name]) for name, hint in _hints(known).items() if name in given})


def as_json(record: Any) -> dict[str, Any]:
    """The mapping that :func:`of` makes the same dataclass from."""
    return dataclasses.asdict(record)


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, given: Any) -> Any:
    """What a field of this type holds: dataclasses also where they are in a list, a dictionary, or may be None."""
    if given is None:
        return None
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return of(hint, given)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is list:
        return [_value(inner[0], one) for one in given]
    if origin is dict:
        return {key: _value(inner[1], one) for key, one in given.items()}
    if origin is Union:
        return _value(inner[0], given)
    return given
