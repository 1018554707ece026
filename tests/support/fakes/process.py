# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands in for ``subprocess.Popen`` of a command that is answered in memory."""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
from collections.abc import Sequence
from typing import Any

from support.fakes.commands import Answer, Call, Commands, Session

REAL = subprocess.Popen


class Starting:
    """``subprocess.Popen`` for these commands; others are really started."""

    def __init__(self, commands: Commands):
        self.commands = commands

    def __call__(self, argv: Sequence[str], **options: Any) -> Any:
        if self.commands.knows(argv):
            return Process(self.commands, list(argv), options)
        self.commands.point(f"running {argv[0]}")
        if isinstance(options.get("stdin"), Printed):
            options["stdin"] = _on_disk(options["stdin"])
        return REAL(argv, **options)


class Process:
    """A command that is answered in memory. Its input is read at once unless somebody holds a pipe to it."""

    pid = 0

    def __init__(self, commands: Commands, argv: list[str], options: dict[str, Any]):
        self.args = argv
        self.returncode: int | None = None
        self._options = options
        env = options.get("env")
        call = Call(argv, os.environ if env is None else env, str(options.get("cwd") or ""))
        self._session: Session = commands.open(call)
        self._printed = Printed()
        self._complained = Printed()
        self.stdout: Any = self._reader("stdout", self._printed)
        self.stderr: Any = self._reader("stderr", self._complained)
        self.stdin: Any = None
        if options.get("stdin") == subprocess.PIPE:
            self.stdin = Given(self)
        else:
            self.feed(_read(options.get("stdin")))
            self._finish()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *exception: object) -> None:
        self._finish()

    def communicate(self, input: Any = None, timeout: float | None = None) -> tuple[Any, Any]:
        """Give it the rest of its input and take all that it prints."""
        if input:
            self.feed(input.encode() if isinstance(input, str) else input)
        self._finish()
        return tuple(stream and stream.read() for stream in (self.stdout, self.stderr))

    def feed(self, data: bytes) -> None:
        """Hand it a part of its input."""
        if self.returncode is not None:
            raise BrokenPipeError
        self._out(self._session.feed(data))

    def _finish(self) -> None:
        if self.returncode is None:
            answer: Answer = self._session.end()
            self.returncode = answer.rc
            self._out(answer.out)
            self._to("stderr", answer.err, self._complained)

    def _out(self, data: bytes) -> None:
        self._to("stdout", data, self._printed)

    def _to(self, name: str, data: bytes, pipe: Printed) -> None:
        where = self._options.get(name)
        if where == subprocess.STDOUT:
            self._out(data)
        elif where == subprocess.PIPE:
            pipe.add(data)
        elif where not in (None, subprocess.DEVNULL):
            os.write(where if isinstance(where, int) else where.fileno(), data)

    def _reader(self, name: str, pipe: Printed) -> Any:
        if self._options.get(name) != subprocess.PIPE:
            return None
        encoding = self._options.get("encoding") or ("utf-8" if self._options.get("text") else "")
        return io.TextIOWrapper(pipe, encoding, self._options.get("errors") or "strict") if encoding else pipe

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._finish()
        return self.returncode or 0

    def kill(self) -> None:
        """It does not come to its end."""
        self.returncode = -9 if self.returncode is None else self.returncode

    terminate = kill


class Printed(io.RawIOBase):
    """What a process has printed and nobody has read yet."""

    def __init__(self) -> None:
        super().__init__()
        self._data = b""

    def add(self, data: bytes) -> None:
        self._data += data

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        """For whoever waits for it with select: the rest of it in a pipe."""
        reading, writing = os.pipe()
        os.write(writing, self.read() or b"")
        os.close(writing)
        return reading

    def readinto(self, buffer: Any) -> int:
        taken = self._data[: len(buffer)]
        buffer[: len(taken)] = taken
        self._data = self._data[len(taken) :]
        return len(taken)


class Given:
    """The writing end of a process's input."""

    closed = False

    def __init__(self, process: Process):
        self._process = process
        self._waiting = b""

    def write(self, data: Any) -> None:
        self._waiting += data.encode() if isinstance(data, str) else data

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, b""
        self._process.feed(waiting)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._process.wait()


def _read(stdin: Any) -> bytes:
    if stdin in (None, subprocess.DEVNULL):
        return b""
    return stdin.read() if hasattr(stdin, "read") else os.read(stdin, 1 << 30)


def _on_disk(printed: Printed) -> Any:
    """What was printed as a file, since a real process reads no object."""
    return _filled(tempfile.TemporaryFile(), printed.read())


def _filled(stream: Any, content: bytes) -> Any:
    stream.write(content)
    stream.seek(0)
    return stream
