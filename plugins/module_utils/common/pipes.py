# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two commands, one feeding the other, where the failure of either is a failure."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, handles

# Seconds between two looks at how far a pipe is.
LOOK_EVERY = 0.5


def pipe(
    producer: Sequence[str],
    consumer: Sequence[str],
    env: Optional[Mapping[str, str]] = None,
    on_bytes: Optional[Callable[[int], None]] = None,
) -> None:
    """Run ``producer | consumer``, ``env`` for the producer alone; raises CommandFailed for whichever failed first.

    :param on_bytes: told now and then how many bytes the producer has written, about.
    """
    with tempfile.TemporaryFile() as producer_said, tempfile.TemporaryFile() as consumer_said:
        first = _start(
            producer,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=producer_said,
            env=dict(os.environ, **(env or {})),
        )
        try:
            second = _start(consumer, stdin=first.stdout, stdout=subprocess.DEVNULL, stderr=consumer_said)
            _close(first)
            consumer_code = _wait(second, first.pid, on_bytes)
        finally:
            # Left alone, it would wait for a reader for ever.
            _close(first)
            producer_code = first.wait()
        # A consumer that gives up breaks the pipe for the producer: the consumer's is the cause.
        if consumer_code != 0:
            raise CommandFailed(consumer, consumer_code, "", _text(consumer_said))
        if producer_code != 0:
            raise CommandFailed(producer, producer_code, "", _text(producer_said))


def _start(argv: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(list(argv), pass_fds=handles(), **options)
    except OSError as error:
        raise CommandFailed(argv, None, why=str(error)) from error


def _wait(consumer: subprocess.Popen[bytes], producer: int, on_bytes: Optional[Callable[[int], None]]) -> int:
    """The consumer's exit code; meanwhile the kernel's own count of what the producer writes is looked at."""
    while on_bytes:
        try:
            return consumer.wait(LOOK_EVERY)
        except subprocess.TimeoutExpired:
            on_bytes(_written(producer))
    return consumer.wait()


def _written(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/io", encoding="ascii") as stream:
            return int(dict(line.split(": ") for line in stream)["wchar"])
    except OSError:
        return 0


def _close(process: subprocess.Popen[bytes]) -> None:
    # The reading end belongs to the consumer alone, so that its death reaches the producer.
    if process.stdout and not process.stdout.closed:
        process.stdout.close()


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")
