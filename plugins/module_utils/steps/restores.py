# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The restores of a stack: what the journal of each says, and which of them is half done.

Here and not beside the restore itself, since backups, deployments and preflight ask too.
"""

from __future__ import annotations

import datetime
import glob
import os
from collections.abc import Callable, Sequence
from typing import Any, Generic, Optional, TypeVar

from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.steps import runner

# What broke off longer ago than this is begun anew: meanwhile somebody may have worked with what is there.
RESUMABLE_FOR = datetime.timedelta(hours=24)
# How what was here before is kept: there was nothing to keep, or nobody knows any more.
EMPTY, UNKNOWN = "empty", "unknown"
# The part that is laid aside to be looked at, so that nothing is replaced by it.
CONFIGURATION = "configuration"
Value = TypeVar("Value")


class Fact(Generic[Value]):
    """A fact that a journal knows, or what is true as long as nothing was noted of it."""

    def __init__(self, otherwise: Value):
        self._otherwise = otherwise

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, journal: runner.Journal, owner: type) -> Value:
        return journal.facts.get(self._name, self._otherwise)


class Restore(runner.Journal):
    """The restore of one point: ``<state>/restore/<point>.json``.

    The manifest is that of the parts that are restored, as ``repository`` has them; ``replaced`` says whether anything
    that was here is gone. ``before`` is how what was here before the first attempt is kept, whatever is tried after it:
    ``{kind, name, volumes, databases, running, containers}``. ``differences`` are what disproved it, with the
    ``digest`` of them; ``accepted`` are those that a person has accepted: ``{digest, differences, by, at}``. ``begun``
    is what is done once in a restore. ``abandoned`` says that somebody began to go back to what was before.
    """

    manifest: Fact[Optional[dict[str, Any]]] = Fact(None)
    before: Fact[Optional[dict[str, Any]]] = Fact(None)
    replaced = Fact(False)
    repository = Fact("")
    host = Fact("")
    begun: Fact[Sequence[str]] = Fact(())
    differences: Fact[list[dict[str, Any]]] = Fact([])
    digest = Fact("")
    accepted: Fact[dict[str, Any]] = Fact({})

    def __init__(self, state_dir: str, point: str):
        # Nobody knows how far it came, so that the worst is true: what is here may be half of it.
        doubt = {"replaced": True, "before": {"kind": UNKNOWN, "name": ""}}
        super().__init__(os.path.join(_folder(state_dir), point + ".json"), _earlier, doubt)
        self.point = point

    @property
    def wanted(self) -> str:
        """The words in which the point was asked for."""
        return self.facts.get("wanted", self.point)

    @property
    def allowed(self) -> bool:
        """Whether this restore was planned and not refused."""
        return "plan" in self.done

    @property
    def only(self) -> list[str]:
        """The parts that are restored; all of them when empty."""
        return list((self.manifest or {}).get("only") or [])

    @property
    def scope(self) -> Optional[list[str]]:
        """The parts whose data is replaced, as :func:`scope_of` has them."""
        return scope_of(self.only)

    @property
    def half(self) -> bool:
        """Whether what lies here is half of this restore, or stands still for it: nothing may start on that."""
        return self.replaced or (self.serves != runner.OLD and self.scope != [])

    @property
    def kept(self) -> Optional[dict[str, Any]]:
        """How what was here before is kept; None where that is not known."""
        earlier = self.result("safety")
        if self.before is not None or earlier is None:
            return self.before
        # Journals of the first version noted it with the phase alone.
        empty = not (self.result("plan") or {}).get("replaces")
        return {**earlier, "kind": EMPTY if empty else earlier["kind"]}

    def recent(self, now: datetime.datetime) -> bool:
        """Whether a restore got further than its plan, not long ago."""
        times = [datetime.datetime.fromisoformat(step["at"]) for step in self.done.values()]
        return len(self.done) > 1 and now - max(times) < RESUMABLE_FOR

    def resumable(self, now: datetime.datetime) -> bool:
        """Whether a restore broke off not long ago, and is not known to be wrong."""
        return self.recent(now) and not self.differences

    def disproved(self, differences: list[dict[str, Any]], digest: str) -> None:
        """What was restored is not what the point holds: a person accepts that, goes back, or begins anew."""
        self.undo("prove", differences=differences, digest=digest, accepted={})

    def accept(self, digest: str, differences: list[dict[str, Any]], by: str) -> None:
        """Remember who took these differences for what they are."""
        at = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        accepted = {"digest": digest, "differences": differences, "by": by, "at": at}
        self.append(runner.ACCEPTED, {"accepted": accepted, "differences": []})

    def abandon(self) -> None:
        """Remember, before it happens, that somebody goes back: what was done no longer counts, what is kept does."""
        facts: dict[str, Any] = {"before": self.kept, "begun": [], "differences": [], "accepted": {}}
        self.append(runner.ABANDONED, facts, keeps=["plan"])

    def once(self, what: str, deed: Callable[[], object]) -> None:
        """Do ``deed`` to its end once in this restore, however often it is killed meanwhile."""
        if what not in self.begun:
            deed()
            self.know(begun=[*self.begun, what])

    def replacing(self) -> None:
        """Remember, before it happens, that something that was here goes."""
        if not self.replaced:
            self.know(replaced=True)


def claim(state_dir: str, point: str) -> None:
    """Let nobody but the restore of ``point`` go on from now: two that take turns would mix what they put here.

    With none, nobody goes on before somebody has planned anew.
    """
    os.makedirs(_folder(state_dir), mode=0o700, exist_ok=True)
    write_atomically(_turn(state_dir), point + "\n")


def overtaken_by(state_dir: str, point: str) -> str:
    """What was begun after the restore of ``point``, in words; empty where that is the last one."""
    try:
        with open(_turn(state_dir), encoding="utf-8") as stream:
            last = stream.read().strip()
    except FileNotFoundError:
        # Restores of the first version noted none.
        return ""
    if last == point:
        return ""
    return f"the restore of {last} was begun since" if last else "somebody began to go back since"


def scope_of(only: list[str]) -> Optional[list[str]]:
    """The parts whose data is replaced; None for all of them. What is only laid aside to be looked at is none."""
    return [part for part in only if part != CONFIGURATION] if only else None


def others(state_dir: str, point: str) -> list[Restore]:
    """Restores of other points that were begun and not finished, the newest last."""
    paths = runner.begun_at(os.path.join(glob.escape(_folder(state_dir)), "*Z-*.json"))
    names = [os.path.basename(path)[: -len(".json")] for path in paths]
    return [Restore(state_dir, name) for name in names if name != point]


def half_done(state_dir: str) -> Optional[Restore]:
    """The restore that is half done here: the last one that has replaced something, else the last."""
    stands_still = next((found for found in reversed(others(state_dir, "")) if found.half), None)
    return replaced_by(state_dir) or stands_still


def needed(state_dir: str) -> set[str]:
    """IDs of the points that a restore which is half done goes on with, or goes back to."""
    half = [found for found in others(state_dir, "") if found.half]
    kept = [found.kept for found in half if found.kept]
    return {found.point for found in half} | {earlier["name"] for earlier in kept if earlier["name"]}


def replaced_by(state_dir: str) -> Optional[Restore]:
    """The restore that has replaced something and did not end, the last one where there are several."""
    return next((found for found in reversed(others(state_dir, "")) if found.replaced), None)


def close_others(state_dir: str, ended: Restore) -> None:
    """Close the other journals that a restore has ended with its own; a part leaves the rest as half as it was."""
    for restore in others(state_dir, ended.point):
        if restore.scope == ended.scope or not restore.half:
            restore.close()


def broken_off(state_dir: str, wanted: str, only: list[str], now: datetime.datetime) -> Optional[str]:
    """The point of a restore that was asked for in the same words and broke off: those words go on meaning it."""
    for found in reversed(others(state_dir, "")):
        if found.wanted == wanted and found.only == only and found.recent(now):
            return found.point
    return None


def _earlier(noted: dict[str, Any]) -> list[runner.Event]:
    """The events that say the same as a journal of the version before: one object, written anew each time."""
    phases, manifest = noted["phases"], noted["manifest"]
    if not isinstance(phases, dict) or not (manifest is None or isinstance(manifest, dict)):
        raise ValueError("this is no journal of a restore")
    facts = {name: value for name, value in noted.items() if name not in ("phases", "point", "abandoned")}
    events: list[runner.Event] = [{"event": runner.BEGUN, "facts": facts}]
    for name, phase in phases.items():
        known = {"at": phase["finished"], "seconds": phase.get("seconds", 0.0), "result": phase["result"]}
        serves = {"serves": runner.STOPPED} if name == "stop" else {}
        events.append({"event": runner.DONE, "step": name, **known, **serves})
    return [*events, {"event": runner.ABANDONED, "keeps": list(phases)}] if noted.get("abandoned") else events


def _folder(state_dir: str) -> str:
    return os.path.join(state_dir, "restore")


def _turn(state_dir: str) -> str:
    return os.path.join(_folder(state_dir), "turn")
