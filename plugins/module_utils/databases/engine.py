# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a database engine has to know, so that all above can save, restore and compare whatever is kept in it.

Nobody above this package imports an engine: ``registry`` has them by the name that ``spec.databases[].engine`` says.
Each method raises DatabaseError where its server cannot be reached or refuses.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.common.shapes import Shape, record
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import (
    ByHand,
    Content,
    DatabaseError,
    Holding,
    Moment,
    Part,
    Placed,
    Program,
    Roles,
    Server,
    Source,
    Stored,
    Unlike,
)
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import DatabaseServer, Spec


class Engine(abc.ABC):
    """One kind of database server; it remembers nothing, every server is handed to it.

    A restore fills each database under a name of its own beside the one that is there, then gives it the old one's name
    and sets that one aside, whose name says of which point; ``finish`` drops what was set aside. Everything of it may
    be killed and done again.
    """

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

    # Restoring

    @abc.abstractmethod
    def misfits(self, parts: Sequence[Part], server: Optional[Server], image: Optional[str]) -> list[str]:
        """Why databases cannot be put into a server here, in words; nothing where that cannot be known yet.

        :param server: where it runs; else it is asked of its ``image``, which may not be here either.
        """

    @abc.abstractmethod
    def read_argv(self, server: Server) -> list[str]:
        """A command that reads a printed database to its end and keeps nothing; it fails where it is not whole."""

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
    def set_aside(self, database: str, there: Sequence[str]) -> list[str]:
        """Those of the names that restores of a database have filled or set aside, whichever the point."""

    @abc.abstractmethod
    def drop(self, server: Server, name: str) -> None:
        """Drop a database with everything in it, if it is there."""

    @abc.abstractmethod
    def checkpoint(self, server: Server) -> None:
        """Have the server write all that it holds into its files."""

    # What an engine may leave out

    def unlike(self, part: Part, described: dict[str, Any], serving: bool) -> list[Unlike]:
        """In what a database, its tables left out, is not what was saved.

        :param described: what :meth:`Moment.describe` says of it now.
        :param serving: services may have added to it since.
        """
        return []

    def advised(self, said: str, server: Server) -> str:
        """What a server's tools said, and what to do about it where that is known."""
        return said

    # Whom a server lets in, for an engine that keeps that apart from its databases

    # What Roles.saved has to look like. It comes from a repository that others may write to.
    roles_shape: Shape = staticmethod(record({}))

    def role_names(self, server: Server) -> set[str]:
        """The names of all whom a server lets in."""
        return set()

    def roles_of(self, server: Server, databases: set[str]) -> Roles:
        """Whom a server lets in, and what is set for them in these databases, which the point holds."""
        return Roles((), {})

    def put_back_roles(self, server: Server, saved: dict[str, Any], whole: bool) -> list[str]:
        """Let in whom the saved server let in, before databases are filled; returns the names that were missing.

        :param whole: also let those that are there be what they were; a part is no reason to change who gets in.
        """
        raise DatabaseError(f"nobody is let into {server.service} but those whom the release names")

    def settle_roles(self, server: Server, saved: dict[str, Any], databases: set[str]) -> None:
        """Put back what roles have set in these databases, which are in place by then."""
        raise DatabaseError(f"nobody has set anything in {server.service}")

    # Deploying

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
