# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a break-glass sheet consists of, whatever it is printed as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Optional, Union


@dataclass(frozen=True)
class Place:
    """A repository: where it is, and what opens it. ``None`` stands for a secret that this copy does not hold."""

    name: str
    repository: str
    password: Optional[str] = None
    environment: Mapping[str, Optional[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Commands:
    """Commands of a shell; those that are not ``on_the_way`` are for a case that the text before them names."""

    text: str
    on_the_way: bool = True


@dataclass(frozen=True)
class Table:
    """Rows under headings."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


# A plain string is a paragraph, with `commands` and `names` in backticks.
Item = Union[str, Commands, Table]


@dataclass(frozen=True)
class Section:
    """A step, or something to know."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Sheet:
    """The whole sheet."""

    title: str
    lead: tuple[Item, ...]
    sections: tuple[Section, ...]
