# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a command and say plainly how it failed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, Optional

TAIL_CHARACTERS = 2000
LINE_CHARACTERS = 500


@dataclass(frozen=True)
class Completed:
    """What a finished command left: its argument list, exit code and output as text."""

    argv: Sequence[str]
    rc: int
    stdout: str
    stderr: str


class CommandFailed(Exception):
    """A command ended with a code other than 0, could not be started, or ran out of time.

    ``rc`` is None when it never ran or was stopped at its time limit.
    """

    def __init__(self, argv: Sequence[str], rc: Optional[int], stdout: str = "", stderr: str = "", why: str = ""):
        self.argv = list(argv)
        self.rc = rc
        self.stdout = stdout
        self.stderr = stderr
        reason = why or f"exit code {rc}"
        # A line may hold a whole query, with the reason in the one before.
        lines = (line[:LINE_CHARACTERS] for line in (stderr.strip() or stdout.strip()).splitlines())
        said = "\n".join(lines)[-TAIL_CHARACTERS:]
        command = " ".join(self.argv[:6])
        super().__init__(f"{command}: {reason}\n{said}" if said else f"{command}: {reason}")


_handed_on: set[int] = set()


@contextlib.contextmanager
def handed_on(handle: int) -> Iterator[None]:
    """Let every process that is started in the block hold this file descriptor open too, and with it a lock."""
    _handed_on.add(handle)
    try:
        yield
    finally:
        _handed_on.discard(handle)


def handles() -> tuple[int, ...]:
    """The file descriptors that a new process has to inherit, for ``pass_fds`` of subprocess."""
    return tuple(_handed_on)


def run(
    argv: Sequence[str],
    stdin: Optional[str] = None,
    env: Optional[Mapping[str, str]] = None,
    timeout: Optional[float] = None,
    cwd: Optional[str] = None,
    check: bool = True,
) -> Completed:
    """Run ``argv`` without a shell and return its output.

    :param stdin: text for its standard input; nothing (not the caller's input) when None.
    :param env: variables added to the present environment; secrets go here, never into ``argv``.
    :param timeout: seconds until it is killed.
    :param check: raise CommandFailed on an exit code other than 0.
    """
    try:
        done = subprocess.run(
            list(argv),
            input=None if stdin is None else stdin.encode("utf-8", "surrogateescape"),
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            env=dict(os.environ, **env) if env else None,
            timeout=timeout,
            cwd=cwd,
            pass_fds=handles(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        said = error.stderr.decode("utf-8", "replace") if isinstance(error.stderr, bytes) else error.stderr or ""
        raise CommandFailed(argv, None, stderr=said, why=f"no end within {error.timeout:g} s") from error
    except OSError as error:
        raise CommandFailed(argv, None, why=str(error)) from error
    # As bytes until here: a text of Python's would take a carriage return in a name for the end of a line.
    output, said = (printed.decode("utf-8", "replace") for printed in (done.stdout, done.stderr))
    if check and done.returncode != 0:
        raise CommandFailed(argv, done.returncode, output, said)
    return Completed(argv, done.returncode, output, said)


def stream(argv: Sequence[str], on_line: Callable[[str], None], env: Optional[Mapping[str, str]] = None) -> Completed:
    """Run ``argv`` without a shell, handing on each line it prints; the result holds what it complained of."""
    rc, said = _follow(argv, on_line, env, "stdout")
    return Completed(argv, rc, "", said)


def listen(argv: Sequence[str], on_line: Callable[[str], None], env: Optional[Mapping[str, str]] = None) -> Completed:
    """Run ``argv`` without a shell, handing on each line of its standard error; the result holds what it printed."""
    rc, said = _follow(argv, on_line, env, "stderr")
    return Completed(argv, rc, said, "")


def _follow(
    argv: Sequence[str], on_line: Callable[[str], None], env: Optional[Mapping[str, str]], followed: str
) -> tuple[int, str]:
    """Hand on the lines of one output while it runs; returns the exit code and what the other output said."""
    with _heard() as said:
        outputs: dict[str, Any] = {"stdout": said, "stderr": said, followed: subprocess.PIPE}
        try:
            process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                env=dict(os.environ, **env) if env else None,
                pass_fds=handles(),
                encoding="utf-8",
                errors="replace",
                **outputs,
            )
        except OSError as error:
            raise CommandFailed(argv, None, why=str(error)) from error
        with process:
            for line in getattr(process, followed) or ():
                on_line(line)
        said.seek(0)
        return process.returncode, said.read()


@contextlib.contextmanager
def reading(argv: Sequence[str], env: Optional[Mapping[str, str]] = None) -> Iterator[Iterator[bytes]]:
    """Run ``argv`` without a shell; the lines that it prints are read in the block, byte for byte, while it runs.

    Raises CommandFailed at the block's end where the command failed.
    """
    with _heard() as said:
        try:
            process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                env=dict(os.environ, **env) if env else None,
                pass_fds=handles(),
            )
        except OSError as error:
            raise CommandFailed(argv, None, why=str(error)) from error
        with process:
            try:
                yield iter(process.stdout or ())
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            said.seek(0)
            raise CommandFailed(argv, process.returncode, stderr=said.read())


def _heard() -> IO[str]:
    """A file for what a command complains of: a pipe that nobody reads would stop it."""
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
