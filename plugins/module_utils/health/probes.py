# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One look at one target: HTTP, TCP or a command. Containers are watched instead, see ``containers``."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from typing import Callable

from ansible_collections.photosync.vps.plugins.module_utils.health.headers import with_headers_of_file
from ansible_collections.photosync.vps.plugins.module_utils.health.http_probe import probe_http
from ansible_collections.photosync.vps.plugins.module_utils.health.network import (
    NoAnswer,
    TimeIsUp,
    TimeLimit,
    connect,
    shown,
)
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Outcome, masked, readable
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import Target

OUTPUT_LIMIT = 4096


class Children:
    """The commands that run at present, so that none outlives the check."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def add(self, child: subprocess.Popen[bytes]) -> None:
        """Remember a started command; it ends at once when the check has ended."""
        with self._lock:
            self._running.add(child)
            ended = self._ended
        if ended:
            end_group(child)

    def remove(self, child: subprocess.Popen[bytes]) -> None:
        """Forget a command that has ended."""
        with self._lock:
            self._running.discard(child)

    def end(self) -> None:
        """End all of them, and those that are still to come."""
        with self._lock:
            self._ended = True
            running = list(self._running)
        for child in running:
            end_group(child)


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Kill a command and all that it started, unless it was waited for already: its number may be another's by now."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def probe(target: Target, seconds: float, children: Children) -> Outcome:
    """Look once at a target, for no longer than ``seconds`` or its own timeout."""
    limit = TimeLimit(min(seconds, target.timeout))
    started = time.monotonic()
    try:
        target = with_headers_of_file(target)
        found = _PROBES[target.kind](target, limit, children)
        return Outcome(
            found.healthy, found.reason, found.error, time.monotonic() - started, found.final, details=found.details
        )
    except TimeIsUp as error:
        message = "{0} within {1:g} s".format(error if str(error) else "no answer", limit.seconds)
        return Outcome(False, "timeout", message, time.monotonic() - started, cut=limit.seconds < target.timeout)
    except NoAnswer as error:
        return Outcome(False, error.reason, masked(str(error), target.secrets), time.monotonic() - started)
    except Exception as error:  # a bug here must end one target's check, not hang the whole
        message = masked(f"unexpected {type(error).__name__}: {error}", target.secrets)
        return Outcome(False, "internal", message, final=True)


def _tcp(target: Target, limit: TimeLimit, _children: Children) -> Outcome:
    with contextlib.closing(connect(target.host, target.port, limit)) as connection:
        return Outcome(True, "ok", details={"address": shown(connection.getpeername())})


def _command(target: Target, limit: TimeLimit, children: Children) -> Outcome:
    try:
        child = subprocess.Popen(
            target.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise NoAnswer("command", f"{target.command[0]} cannot be run: {error.strerror}") from error
    children.add(child)
    try:
        said = readable(_output(child, limit).decode("utf-8", "replace"))
    except TimeIsUp as error:
        raise TimeIsUp(f"no end of {target.command[0]}") from error
    finally:
        end_group(child)
        child.wait()
        children.remove(child)
        child.stdout.close()  # type: ignore[union-attr]
    details = {"rc": child.returncode}
    if child.returncode == 0:
        return Outcome(True, "ok", details=details)
    ending = "exit code {0}" if child.returncode > 0 else "killed by signal {0}"
    message = ending.format(abs(child.returncode)) + (": " + said if said else "")
    return Outcome(False, "command", message, details=details)


def _output(child: subprocess.Popen[bytes], limit: TimeLimit) -> bytes:
    """The end of what a command says until it ends; a command that says gigabytes must not fill the memory."""
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)  # type: ignore[arg-type]
        while selector.select(limit.left()):
            chunk = os.read(child.stdout.fileno(), 65536)  # type: ignore[union-attr]
            if not chunk:
                break
            said = (said + chunk)[-OUTPUT_LIMIT:]
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=limit.left())
        return said
    raise TimeIsUp()


_PROBES: dict[str, Callable[[Target, TimeLimit, Children], Outcome]] = {
    "http": lambda target, limit, _children: probe_http(target, limit),
    "tcp": _tcp,
    "command": _command,
}
