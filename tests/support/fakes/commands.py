# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which commands are answered here instead of being started, and what goes wrong with them.

Before anything that lasts is changed a point is passed, with a name such as "docker: stopping web". At any of them all
may end, as with kill -9 or without power: Killed is raised there, and again by every command that whatever cleans up
would still run. What lies between two points need not be tried: a process that is gone leaves the same there.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ansible_collections.photosync.vps.plugins.module_utils.common import checksum

OPTIONS_WITH_A_VALUE = ("--env", "--retry-lock", "--progress", "-c")


class Killed(BaseException):
    """The process, or the machine, is gone."""


@dataclass(frozen=True)
class Call:
    """A command line, with what it is given."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = ""
    stdin: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What a command leaves."""

    rc: int = 0
    out: bytes = b""
    err: bytes = b""


class Session(Protocol):
    """A command while it runs."""

    def feed(self, data: bytes) -> bytes:
        """Take what is written to it; returns what it prints at once."""

    def end(self) -> Answer:
        """Take the end of its input; returns all that it has not printed yet."""


class Whole:
    """A command that does nothing before it has read all of its input."""

    def __init__(self, call: Call, work: Callable[[Call], Answer]):
        self._call, self._work = call, work
        self._given = b""

    def feed(self, data: bytes) -> bytes:
        self._given += data
        return b""

    def end(self) -> Answer:
        return self._work(Call(self._call.argv, self._call.env, self._call.cwd, self._given))


@dataclass
class Failure:
    """What the next commands of this name and with this word answer instead of doing anything, or after they did it."""

    name: str
    word: str
    answer: Answer
    times: int = 1
    afterwards: bool = False

    def concerns(self, name: str, argv: Sequence[str]) -> bool:
        """Whether it is this command's turn."""
        return bool(self.times) and name.startswith(self.name) and any(self.word in word for word in argv)


class Commands:
    """The programs that are faked, each a function that opens a session."""

    def __init__(self) -> None:
        self.programs: dict[str, Callable[[Call], Session]] = {}
        self.passed: list[str] = []
        self.failures: list[Failure] = []
        self.dead = False
        self._kill_at = 0
        self._kill_where = ""

    def add(self, name: str, work: Callable[[Call], Answer]) -> None:
        """Answer a program by one function."""
        self.programs[name] = lambda call: Whole(call, work)

    def knows(self, argv: Sequence[str]) -> bool:
        """Whether this command is answered here."""
        return _summed(argv) or argv[0] in self.programs

    def open(self, call: Call) -> Session:
        """Start a command."""
        if _summed(call.argv):
            return Whole(call, self._sum)
        if self.dead:
            raise Killed(" ".join(call.argv[:3]))
        name = called(call.argv)
        failure = next((one for one in self.failures if one.concerns(name, call.argv)), None)
        if failure:
            failure.times -= 1
            session = self.programs[call.argv[0]](call) if failure.afterwards else None
            return _Failing(failure.answer, session)
        return self.programs[call.argv[0]](call)

    def answer(self, call: Call) -> Answer:
        """Run a command to its end, for one that starts another; one that is not known here really runs."""
        if not self.knows(call.argv):
            done = subprocess.run(call.argv, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            return Answer(done.returncode, done.stdout, done.stderr)
        session = self.open(call)
        printed = session.feed(call.stdin)
        ended = session.end()
        return Answer(ended.rc, printed + ended.out, ended.err)

    def point(self, name: str) -> None:
        """Something is about to be changed, or never will be."""
        if self.dead:
            raise Killed(name)
        self.passed.append(name)
        if len(self.passed) == self._kill_at or (self._kill_where and self._kill_where in name):
            self.dead = True
            raise Killed(name)

    def kill(self, at: int = 0, where: str = "") -> None:
        """End everything at the ``at``-th point from now, or at the next that has this in its name."""
        self._kill_at, self._kill_where = (len(self.passed) + at if at else 0), where

    def revive(self) -> None:
        """Let another process begin."""
        self.dead = False
        self._kill_at, self._kill_where = 0, ""

    def fail(self, name: str, said: str, word: str = "", rc: int = 1, times: int = 1, afterwards: bool = False) -> None:
        """Have the next commands fail whose name begins like this, and that have a word with this in it.

        :param afterwards: once they have done what they do.
        """
        self.failures.append(Failure(name, word, Answer(rc, err=said.encode() + b"\n"), times, afterwards))

    def _sum(self, call: Call) -> Answer:
        """What the script of ``common.checksum`` does."""
        place, *argv = call.argv[4:]
        answer = self.answer(Call(argv, call.env, call.cwd))
        if answer.rc == 0:
            with open(place, "w", encoding="ascii") as stream:
                stream.write(hashlib.sha256(answer.out).hexdigest())
        return answer


class _Failing:
    def __init__(self, answer: Answer, session: Session | None):
        self._answer, self._session = answer, session

    def feed(self, data: bytes) -> bytes:
        return self._session.feed(data) if self._session else b""

    def end(self) -> Answer:
        if self._session:
            self._session.end()
        return self._answer


def _summed(argv: Sequence[str]) -> bool:
    return len(argv) > 4 and list(argv[:4]) == [sys.executable, "-I", "-c", checksum.SCRIPT]


def called(argv: Sequence[str]) -> str:
    """What a command is called here: "docker stop", "docker compose up", "docker exec psql", "restic backup"."""
    words, skip = [os.path.basename(argv[0])], False
    for word in argv[1:]:
        if skip or word.startswith("-"):
            skip = word in OPTIONS_WITH_A_VALUE and not skip
        else:
            words.append(word)
    if words[1:2] == ["exec"]:
        words.pop(2)
    many = words[1:2] in (["compose"], ["exec"], ["volume"], ["image"], ["network"])
    return " ".join(words[: 3 if many else 2])
