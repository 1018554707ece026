# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The SHA-256 of what a command prints, taken on its way to whoever reads it."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Started by restic, or in the middle of a pipe, where nothing of this collection can be imported. It ends as the
# command does, and leaves a sum only of what was printed to its end.
SCRIPT = """
import hashlib, subprocess, sys
place, *argv = sys.argv[1:]
found = hashlib.sha256()
with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
    for block in iter(lambda: process.stdout.read(1 << 20), b""):
        found.update(block)
        sys.stdout.buffer.write(block)
    sys.stdout.buffer.flush()
if process.returncode:
    sys.exit(process.returncode if process.returncode > 0 else 1)
with open(place, "w") as stream:
    stream.write(found.hexdigest())
"""


@dataclass(frozen=True)
class Sum:
    """Where the sum will be, and what to run in the command's place."""

    argv: Sequence[str]
    place: str

    def found(self) -> str:
        """The sum as hexadecimal digits; empty when the command did not end well."""
        try:
            with open(self.place, encoding="ascii") as stream:
                return stream.read()
        except FileNotFoundError:
            return ""


@contextlib.contextmanager
def summed(argv: Sequence[str]) -> Iterator[Sum]:
    """``argv`` as a command that prints the same and leaves its sum."""
    with tempfile.TemporaryDirectory() as folder:
        place = os.path.join(folder, "sha256")
        yield Sum([sys.executable, "-I", "-c", SCRIPT, place, *argv], place)
