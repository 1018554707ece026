# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Work of several steps that may be killed anywhere and goes on: explicit steps, and a journal of what became of them.

A journal is a file of events, one JSON object a line, to which is only ever added. An event is on the disk before
whoever notes it goes on. A last line that is torn is an event that never happened.
"""

from __future__ import annotations

import contextlib
import datetime
import glob
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.files import sync_file_system, write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import NO_DEADLINE, Deadline

# What serves now.
STOPPED, OLD, NEW = "stopped", "old", "new"
BEGUN, DONE, UNDONE, NOTED = "begun", "step done", "step undone", "noted"
ACCEPTED, ABANDONED, CLOSED = "accepted", "abandoned", "closed"
KINDS = (BEGUN, DONE, UNDONE, NOTED, ACCEPTED, ABANDONED, CLOSED)
FINISHED = ".finished-"
Event = Mapping[str, Any]


def _holding_nothing(_work: Any) -> AbstractContextManager[None]:
    return contextlib.nullcontext()


def _as_long_as_it_takes(_work: Any) -> Deadline:
    return NO_DEADLINE


@dataclass(frozen=True)
class Step:
    """One step of a work.

    :param do: does it, told the work; what it returns is its result, which is noted.
    :param looks: it changes nothing.
    :param again: it is done anew whenever it is asked for, and notes by itself what has to be known of it.
    :param serves: what serves once it is done; as before it where that is empty.
    :param holding: what is held from its beginning until it is noted.
    :param ends: the work has ended with it.
    :param limit: when it has to have ended, where nobody has said so of the whole work.
    """

    name: str
    do: Callable[[Any], dict[str, Any]]
    looks: bool = False
    again: bool = False
    serves: str = ""
    holding: Callable[[Any], AbstractContextManager[None]] = _holding_nothing
    ends: bool = False
    limit: Callable[[Any], Deadline] = _as_long_as_it_takes


class Journal:
    """What is known of one work, from its events: the steps that are ``done``, its ``facts``, and what ``serves``.

    :param earlier: the events that say the same as what the version before has written, a JSON object.
    :param doubt: what is true of a work whose journal cannot be read.
    :param synced: nothing is noted before all that was written beside the journal is on the disk.
    """

    def __init__(
        self,
        path: str,
        earlier: Optional[Callable[[dict[str, Any]], list[Event]]] = None,
        doubt: Optional[Mapping[str, Any]] = None,
        synced: bool = False,
    ):
        self.path = path
        self.unreadable = False
        self._synced = synced
        self._forget()
        # Events that the file does not hold as lines yet.
        self._unwritten: list[Event] = []
        try:
            self._read(earlier)
        except FileNotFoundError:
            pass
        except (ValueError, KeyError, TypeError, AttributeError):
            self.unreadable, self._unwritten = True, [{"event": BEGUN, "facts": doubt or {}}]
            self._take(self._unwritten[0])

    def _forget(self) -> None:
        self.done: dict[str, dict[str, Any]] = {}
        self.facts: dict[str, Any] = {}
        self.abandoned = False
        self.serves = OLD

    def _read(self, earlier: Optional[Callable[[dict[str, Any]], list[Event]]]) -> None:
        with open(self.path, encoding="utf-8") as stream:
            text = stream.read()
        before = _of_the_version_before(text)
        if earlier and before is not None:
            self._unwritten = earlier(before)
        # What follows the last end of a line was torn by a crash.
        lines = text.rpartition("\n")[0].split("\n")
        for event in self._unwritten or [json.loads(line) for line in lines]:
            self._take(event)

    def _take(self, event: Event) -> None:
        kind = event["event"]
        if kind not in KINDS:
            raise ValueError(f"{self.path} tells of {kind}, which this version does not know")
        if kind == BEGUN:
            self._forget()
        if kind == DONE:
            self.done[event["step"]] = {name: event[name] for name in ("at", "seconds", "result")}
        if kind == UNDONE:
            self.done.pop(event["step"], None)
        if kind == ABANDONED:
            self.done = {name: one for name, one in self.done.items() if name in event["keeps"]}
            self.abandoned = True
        self.facts.update(event.get("facts", {}))
        self.serves = event.get("serves", self.serves)

    @property
    def there(self) -> bool:
        """Whether anything was noted, and the work has not ended."""
        return os.path.exists(self.path)

    def result(self, step: str) -> Optional[dict[str, Any]]:
        """What ``step`` handed back when it was done, or None when it is not."""
        return self.done[step]["result"] if step in self.done else None

    def durations(self) -> dict[str, float]:
        """Seconds that each step took that is done."""
        return {name: one["seconds"] for name, one in self.done.items()}

    def begin(self, **facts: Any) -> None:
        """Begin anew: no step counts as done, and these facts alone are known."""
        self.append(BEGUN, facts)

    def note(
        self,
        step: str,
        result: Mapping[str, Any],
        seconds: float = 0.0,
        serves: str = "",
        facts: Optional[Mapping[str, Any]] = None,
    ) -> None:
        """Remember that a step is done, and what is known with it."""
        self.append(DONE, facts or {}, serves, step=step, seconds=round(seconds, 2), result=result)

    def undo(self, step: str, serves: str = "", **facts: Any) -> None:
        """Remember that what a step did was taken back, or no longer holds."""
        self.append(UNDONE, facts, serves, step=step)

    def know(self, **facts: Any) -> None:
        """Remember what is known from now on, or is about to happen."""
        self.append(NOTED, facts)

    def append(self, kind: str, facts: Mapping[str, Any], serves: str = "", **more: Any) -> None:
        """Note an event."""
        besides = {"serves": serves, "facts": facts}
        event = {"event": kind, "at": _now(), **more, **{name: value for name, value in besides.items() if value}}
        lines = "".join(json.dumps(one) + "\n" for one in [*self._unwritten, event])
        os.makedirs(os.path.dirname(self.path), mode=0o700, exist_ok=True)
        if self._synced:
            sync_file_system(os.path.dirname(self.path))
        if self._unwritten or not self.there:
            # What another version has written, or what cannot be read, is replaced at one stroke.
            write_atomically(self.path, lines)
        else:
            _add(self.path, lines)
        self.unreadable, self._unwritten = False, []
        # As whoever reads it later has it.
        self._take(json.loads(json.dumps(event)))

    def close(self) -> None:
        """End the work at one stroke; its journal stays under another name, where what is noted after it goes too."""
        ended = f"{self.path[: -len('.json')]}{FINISHED}{_now().replace(':', '')}.json"
        os.replace(self.path, ended)
        self.path = ended
        self.append(CLOSED, {})

    def remove(self) -> None:
        """End the work and keep nothing of it."""
        os.unlink(self.path)


def run(step: Step, journal: Journal, work: Any, deadline: Deadline = NO_DEADLINE) -> tuple[bool, dict[str, Any]]:
    """Do a step, unless it is done; returns whether it has changed something, and its result.

    Raises Late, with the step undone, when it has not ended by the work's deadline, or without one by its own.
    """
    known = journal.result(step.name)
    if known is not None and not step.again:
        return False, known
    begun = time.monotonic()
    with deadline.otherwise(lambda: step.limit(work)).kept(step.name), step.holding(work):
        result = step.do(work)
        if step.ends:
            # At one stroke: noted and left open by a kill, it would count the steps of the next work as done.
            journal.close()
        if not step.again:
            journal.note(step.name, result, time.monotonic() - begun, step.serves)
    return not step.looks, result


def begun_at(pattern: str) -> list[str]:
    """The journals of works that have not ended, the newest last."""
    return sorted((path for path in glob.glob(pattern) if FINISHED not in path), key=os.path.getmtime)


def _of_the_version_before(text: str) -> Optional[dict[str, Any]]:
    """What the version before has written: one JSON object in the whole file, which is no event."""
    try:
        noted = json.loads(text)
    except ValueError:
        return None
    return noted if isinstance(noted, dict) and "event" not in noted else None


def _add(path: str, line: str) -> None:
    """Add a line to a file and return when it is on the disk; what a crash has left of another goes first."""
    with open(path, "r+b") as stream:
        whole = stream.read().rfind(b"\n") + 1
        stream.truncate(whole)
        stream.seek(whole)
        stream.write(line.encode())
        stream.flush()
        os.fsync(stream.fileno())


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
