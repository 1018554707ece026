# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a database engine has to know, so that all above can save, restore and compare whatever is kept in it.

Nobody above this package imports an engine: ``registry`` has them by the name that ``spec.databases[].engine`` and the
parts of a manifest say. Each method raises DatabaseError where its server cannot be reached or refuses.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Optional, Protocol

from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.common.shapes import Field, Shape
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import DatabaseServer, Spec

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
        """The command that prints all of the database as of this moment, for :meth:`Engine.fill` to read."""

    def describe(self) -> dict[str, Any]:
        """What its manifest says besides, as of this moment: fields of :attr:`Engine.part_fields`."""

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


class Engine(abc.ABC):
    """One kind of database server; it remembers nothing, every server is handed to it.

    A restore fills each database under a name of its own beside the one that is there, then gives it the old one's name
    and sets that one aside, whose name says of which point; ``finish`` drops what was set aside. Everything of it may
    be killed and done again.
    """

    # What a manifest says of a database besides what is said of all: where it is, its size, and what its tables hold.
    part_fields: Mapping[str, Field]
    # What Roles.saved has to look like. It comes from a repository that others may write to.
    roles_shape: Shape

    # What is there

    @abc.abstractmethod
    def names(self, server: Server) -> list[str]:
        """The names of all databases of a server that hold, or could hold, somebody's data."""

    @abc.abstractmethod
    def stored(self, server: Server) -> Sequence[Stored]:
        """The same with what they take on the disk, which takes longer."""

    @abc.abstractmethod
    def content(self, server: Server, database: str) -> Content:
        """How much is in a database that is open."""

    @abc.abstractmethod
    def ensure(self, server: Server, spec: Spec) -> list[str]:
        """Make the databases that the stack needs and let in whoever has the deployed release's password.

        :return: each database made as ``service/name``, and ``service: password`` where one was set.
        """

    # Saving

    @abc.abstractmethod
    def version(self, server: Server) -> str:
        """The version of the tool that prints its databases."""

    @abc.abstractmethod
    def holding(self, server: Server) -> Holding:
        """Which databases a point has to hold, those that nobody declares included, and which it leaves out and why."""

    @abc.abstractmethod
    def moment(self, server: Server, database: str) -> AbstractContextManager[Moment]:
        """Hold one moment of a database, so that what is printed and what is counted are the same."""

    @abc.abstractmethod
    def roles_of(self, server: Server, databases: set[str]) -> Roles:
        """Whom a server lets in, and what is set for them in these databases, which the point holds."""

    def advised(self, said: str, server: Server) -> str:
        """What a server's tools said, and what to do about it where that is known."""
        return said

    # Restoring, in this order

    @abc.abstractmethod
    def misfits(self, parts: Sequence[Part], server: Optional[Server], image: Optional[str]) -> list[str]:
        """Why databases cannot be put into a server here, in words; nothing where that cannot be known yet.

        :param server: where it runs; else it is asked of its ``image``, which may not be here either.
        """

    @abc.abstractmethod
    def read_argv(self, server: Server) -> list[str]:
        """A command that reads a printed database to its end and keeps nothing; it fails where it is not whole."""

    @abc.abstractmethod
    def put_back_roles(self, server: Server, saved: dict[str, Any], whole: bool) -> list[str]:
        """Let in whom the saved server let in; returns the names that were missing.

        :param whole: also let those that are there be what they were; a part is no reason to change who gets in.
        """

    @abc.abstractmethod
    def fill(
        self,
        server: Server,
        source: Source,
        part: Part,
        point: str,
        progress: Progress = silent,
        room: Optional[int] = None,
    ) -> str:
        """Read one printed database into a new one beside it, begun anew each time; returns its name.

        :param room: bytes of memory that the server may take; what the host can give without.
        """

    @abc.abstractmethod
    def take_over(self, server: Server, part: Part, point: str) -> str:
        """Give what was filled the name of its database and set the one that was there aside, both or neither.

        :return: the name under which the old one is set aside, if there was one.
        """

    @abc.abstractmethod
    def is_done(self, database: str, point: str, there: Sequence[str]) -> bool:
        """Whether that has happened; a second time would cost the data from before the restore its safe place.

        :param there: the names of the server's databases.
        """

    @abc.abstractmethod
    def settle_roles(self, server: Server, saved: dict[str, Any], databases: set[str]) -> None:
        """Put back what roles have set in these databases, which have to be there."""

    @abc.abstractmethod
    def set_aside(self, database: str, there: Sequence[str]) -> list[str]:
        """Those of the names that restores of a database have filled or set aside, whichever the point."""

    @abc.abstractmethod
    def drop(self, server: Server, name: str) -> None:
        """Drop a database with everything in it, if it is there."""

    @abc.abstractmethod
    def checkpoint(self, server: Server) -> None:
        """Have the server write all that it holds into its files."""

    # Comparing

    @abc.abstractmethod
    def unlike(self, part: Part, described: dict[str, Any], serving: bool) -> list[Unlike]:
        """In what a database, its tables left out, is not what was saved.

        :param described: what :meth:`Moment.describe` says of it now.
        :param serving: services may have added to it since.
        """

    @abc.abstractmethod
    def role_names(self, server: Server) -> set[str]:
        """The names of whom a server lets in."""

    # What an engine may leave out

    def misplaced(self, placed: Placed, stack: str, filled: bool) -> str:
        """Why a server of a release would not come up on its data, or come up without, and what to do; else empty.

        :param filled: whether an empty volume is meant to be empty, for a restore fills it.
        """
        return ""

    def by_hand(self, servers: Sequence[DatabaseServer], stack: str) -> Optional[ByHand]:
        """What the break-glass sheet says of these servers of a stack."""
        return None

    # Taking over what somebody else has deployed

    # The database that each server comes with, empty unless somebody keeps anything in it.
    common = ""

    def program(self, reference: str) -> Program:
        """What an image that is here is."""
        return Program()

    def data_version(self, folder: str) -> int:
        """The major version that wrote the data in a folder of the host; 0 where there is none."""
        return 0

    def roles_argv(self, server: Server) -> list[str]:
        """A command that prints the roles of a server for :meth:`run_roles`, by no tool but the server's own."""
        raise DatabaseError(f"{server.service} cannot be taken over")

    def run_roles(self, server: Server, printed: str) -> None:
        """Make those roles on a server that has some of them already."""
        raise DatabaseError(f"{server.service} cannot be taken over")

    def kept_password(self, server: Server) -> str:
        """What a server keeps of its superuser's password, good for :meth:`keep_password` alone."""
        raise DatabaseError(f"{server.service} cannot be taken over")

    def keep_password(self, server: Server, kept: str) -> None:
        """Give the superuser the password back that this is kept of."""
        raise DatabaseError(f"{server.service} cannot be taken over")
