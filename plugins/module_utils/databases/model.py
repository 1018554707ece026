# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said of databases and their servers, whatever their engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

# What wrote the parts of a manifest that name no engine.
POSTGRESQL = "postgresql"
UNREADABLE = "lets nobody connect, so it cannot be looked into"

# What a manifest says of one database.
Part = dict[str, Any]
# Rows of each table, and a digest of what is in them whatever their order: ``{table: {rows, digest}}``.
Tables = dict[str, dict[str, Any]]


class DatabaseError(Exception):
    """A database could not be reached, saved or restored."""


@dataclass(frozen=True)
class Server:
    """A database server that runs now, with the names of the databases that some service of the stack needs on it."""

    service: str
    user: str
    names: tuple[str, ...]
    container: str
    engine: str = POSTGRESQL


@dataclass(frozen=True)
class Database:
    """A database that is saved.

    :param bytes: what it takes on the server's disk.
    :param declared: some service says that it needs it.
    """

    name: str
    bytes: int = 0
    declared: bool = True


@dataclass(frozen=True)
class Holding:
    """What a server holds: the databases that are saved, and ``{what, why}`` of each that is not."""

    saved: tuple[Database, ...]
    left_out: tuple[dict[str, str], ...] = ()

    @property
    def names(self) -> set[str]:
        """The names of the databases that are saved."""
        return {database.name for database in self.saved}


def left(server: Server, name: str, why: str) -> dict[str, str]:
    """What a manifest says of a database that a point does not hold."""
    return {"what": f"database {server.service}/{name}", "why": why}


class Stored(Protocol):
    """A database as its server lists it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def bytes(self) -> int:
        """What it takes on the server's disk."""

    @property
    def is_open(self) -> bool:
        """Whether anybody can look into it."""

    @property
    def is_set_aside(self) -> bool:
        """Whether a restore has named it so."""


class Content(Protocol):
    """How much is in a database."""

    @property
    def tables(self) -> int:
        """How many tables."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of anybody's in it, of whatever kind."""

    @property
    def said(self) -> str:
        """That for people; empty where nobody keeps anything in it."""


class Moment(Protocol):
    """A database as it is at one moment, for as long as the block runs."""

    def argv(self) -> list[str]:
        """The command that prints all of the database as of this moment, for a restore to read."""

    def describe(self) -> dict[str, Any]:
        """What its manifest says besides, as of this moment: fields of :data:`shapes.PARTS`."""

    def tables(self) -> Tables:
        """What each table holds at this moment; may be asked from another thread while the database is printed."""


class Source(Protocol):
    """Where dumps come from: a repository of restic's, or whatever else can print them."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables for the command that prints one."""

    def dump_argv(self, snapshot: str, filename: str) -> Sequence[str]:
        """The command that prints one."""


class Unlike(NamedTuple):
    """What is not as it was saved: its kind in a word, what it is, and what was expected and found of it."""

    kind: str
    what: str
    expected: Any
    found: Any


@dataclass(frozen=True)
class Roles:
    """Whom a server lets in: for a restore, as JSON can keep it; and the same for a person with the server's client.

    :param before: what that person runs first; ``after``: what once the databases are there.
    """

    names: Sequence[str]
    saved: dict[str, Any]
    before: str = ""
    after: str = ""


class Mount(NamedTuple):
    """What a service mounts, a volume by Docker's name or a folder: where it lies, and where it appears."""

    source: str
    path: str
    target: str


@dataclass(frozen=True)
class Placed:
    """A server as a release has it, before it runs.

    :param is_here: whether the image is on this host.
    :param variables: of the image and of the release.
    :param elsewhere: what the server mounts now, and in the release no more.
    """

    service: str
    image: str
    is_here: bool
    variables: Mapping[str, str]
    mounts: Sequence[Mount]
    elsewhere: Sequence[Mount] = ()


@dataclass(frozen=True)
class Program:
    """What an image is as a database server: major version (0 when unknown), C library, and the server's path."""

    major: int = 0
    libc: str = ""
    program: str = ""


@dataclass(frozen=True)
class ByHand:
    """How a person puts databases back with restic, jq and the server's client, in words and commands.

    The commands run where ``manifest.json`` and ``snapshots.json`` lie, ``$CONFIGURATION`` is the snapshot of the
    configuration, and ``snapshot`` prints that of a part by its tree.
    """

    words: str
    fill: str
    compare: str
