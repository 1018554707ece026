# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore has finished, kept on the host, so that one that broke off goes on where it stopped."""

from __future__ import annotations

import datetime
import glob
import json
import os
from collections.abc import Callable
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically

# What broke off longer ago than this is begun anew: meanwhile somebody may have worked with what is there.
RESUMABLE_FOR = datetime.timedelta(hours=24)
FINISHED = ".finished-"
# How what was here before is kept: there was nothing to keep, or nobody knows any more.
EMPTY, UNKNOWN = "empty", "unknown"
# The part that is laid aside to be looked at, so that nothing is replaced by it.
CONFIGURATION = "configuration"


class Journal:
    """The phases of restoring one point and its manifest: ``<state>/restore/<point>.json``.

    The manifest is that of the parts that are restored, as ``repository`` has them; ``replaced`` says whether anything
    that was here is gone. ``before`` is how what was here before the first attempt is kept, whatever is tried after it:
    ``{kind, name, volumes, running, containers}``. ``differences`` are what disproved it, with the ``digest`` of them;
    ``accepted`` are those that a person has accepted: ``{digest, differences, by, at}``. ``abandoned`` says that
    somebody began to go back to what was before.
    """

    def __init__(self, state_dir: str, point: str):
        self.folder = os.path.join(state_dir, "restore")
        self.path = os.path.join(self.folder, point + ".json")
        self.point = point
        self.wanted = point
        self.replaced = False
        self.repository = ""
        self.begun: list[str] = []
        self.phases: dict[str, dict[str, Any]] = {}
        self.manifest: Optional[dict[str, Any]] = None
        self.host = ""
        self.before: Optional[dict[str, Any]] = None
        self.differences: list[dict[str, Any]] = []
        self.digest = ""
        self.accepted: dict[str, Any] = {}
        self.abandoned = False
        self.unreadable = False
        if os.path.exists(self.path):
            try:
                self._read()
            except (ValueError, KeyError, TypeError, AttributeError):
                # Nobody knows how far it came, so that the worst is true: what is here may be half of it.
                self.phases, self.manifest, self.before = {}, None, {"kind": UNKNOWN, "name": ""}
                self.replaced = self.unreadable = True

    def _read(self) -> None:
        with open(self.path, encoding="utf-8") as stream:
            noted = json.load(stream)
        phases, manifest = noted["phases"], noted["manifest"]
        if not isinstance(phases, dict) or not (manifest is None or isinstance(manifest, dict)):
            raise ValueError(f"{self.path} is no journal of a restore")
        self.phases, self.manifest = phases, manifest
        self.wanted, self.replaced = noted.get("wanted", self.point), noted.get("replaced", False)
        self.begun, self.repository = noted.get("begun", []), noted.get("repository", "")
        self.host, self.before = noted.get("host", ""), noted.get("before")
        self.differences, self.digest = noted.get("differences", []), noted.get("digest", "")
        self.accepted = noted.get("accepted", {})
        self.abandoned = noted.get("abandoned", False)

    @property
    def allowed(self) -> bool:
        """Whether this restore was planned and not refused."""
        return "plan" in self.phases

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
        return self.replaced or ("stop" in self.phases and self.scope != [])

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
        times = [datetime.datetime.fromisoformat(phase["finished"]) for phase in self.phases.values()]
        return len(self.phases) > 1 and now - max(times) < RESUMABLE_FOR

    def resumable(self, now: datetime.datetime) -> bool:
        """Whether a restore broke off not long ago, and is not known to be wrong."""
        return self.recent(now) and not self.differences

    def result(self, phase: str) -> Optional[dict[str, Any]]:
        """What ``phase`` handed back when it finished, or None when it has not."""
        noted = self.phases.get(phase)
        return None if noted is None else noted["result"]

    def durations(self) -> dict[str, float]:
        """Seconds that each finished phase took."""
        return {name: phase.get("seconds", 0.0) for name, phase in self.phases.items()}

    def note(self, phase: str, result: dict[str, Any], seconds: float = 0.0) -> None:
        """Remember that ``phase`` is finished."""
        self.phases[phase] = {"finished": _now(), "seconds": round(seconds, 2), "result": result}
        self.write()

    def drop(self, phase: str) -> None:
        """What ``phase`` did was taken back."""
        if self.phases.pop(phase, None):
            self.write()

    def disproved(self, differences: list[dict[str, Any]], digest: str) -> None:
        """What was restored is not what the point holds: a person accepts that, goes back, or begins anew."""
        self.differences, self.digest, self.accepted = differences, digest, {}
        self.phases.pop("prove", None)
        self.write()

    def accept(self, digest: str, differences: list[dict[str, Any]], by: str) -> None:
        """Remember who took these differences for what they are."""
        self.accepted = {"digest": digest, "differences": differences, "by": by, "at": _now()}
        self.differences = []
        self.write()

    def abandon(self) -> None:
        """Remember, before it happens, that somebody goes back: what was done no longer counts, what is kept does."""
        self.before = self.kept
        self.phases = {name: phase for name, phase in self.phases.items() if name == "plan"}
        self.begun, self.differences, self.accepted, self.abandoned = [], [], {}, True
        self.write()

    def once(self, what: str, deed: Callable[[], object]) -> None:
        """Do ``deed`` to its end once in this restore, however often it is killed meanwhile."""
        if what not in self.begun:
            deed()
            self.begun.append(what)
            self.write()

    def replacing(self) -> None:
        """Remember, before it happens, that something that was here goes."""
        if not self.replaced:
            self.replaced = True
            self.write()

    def write(self) -> None:
        """Keep all of it."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        noted = {
            "point": self.point,
            "wanted": self.wanted,
            "replaced": self.replaced,
            "repository": self.repository,
            "begun": self.begun,
            "host": self.host,
            "before": self.before,
            "differences": self.differences,
            "digest": self.digest,
            "accepted": self.accepted,
            "abandoned": self.abandoned,
            "phases": self.phases,
            "manifest": self.manifest,
        }
        write_atomically(self.path, json.dumps(noted, indent=2) + "\n")

    def forget(self) -> None:
        """Begin anew: nothing counts as finished; that what was here is gone, and how it is kept, stays true."""
        self.before = self.kept if self.replaced else None
        self.phases, self.begun, self.differences, self.accepted = {}, [], [], {}
        self.abandoned = False

    def close(self) -> None:
        """End this restore; its journal is kept under another name, where what is noted from now on goes too."""
        ended = os.path.join(self.folder, f"{self.point}{FINISHED}{_now().replace(':', '')}.json")
        os.replace(self.path, ended)
        self.path = ended


def claim(state_dir: str, point: str) -> None:
    """Let nobody but the restore of ``point`` go on from now: two that take turns would mix what they put here.

    With none, nobody goes on before somebody has planned anew.
    """
    os.makedirs(os.path.dirname(_turn(state_dir)), mode=0o700, exist_ok=True)
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


def _turn(state_dir: str) -> str:
    return os.path.join(state_dir, "restore", "turn")


def scope_of(only: list[str]) -> Optional[list[str]]:
    """The parts whose data is replaced; None for all of them. What is only laid aside to be looked at is none."""
    return [part for part in only if part != CONFIGURATION] if only else None


def others(state_dir: str, point: str) -> list[Journal]:
    """Journals of restores of other points that were begun and not finished, the newest last."""
    folder = os.path.join(state_dir, "restore")
    paths = [path for path in glob.glob(os.path.join(glob.escape(folder), "*Z-*.json")) if FINISHED not in path]
    names = [os.path.basename(path)[: -len(".json")] for path in sorted(paths, key=os.path.getmtime)]
    return [Journal(state_dir, name) for name in names if name != point]


def half_done(state_dir: str) -> Optional[Journal]:
    """The restore that is half done here: the last one that has replaced something, else the last."""
    stands_still = next((found for found in reversed(others(state_dir, "")) if found.half), None)
    return replaced_by(state_dir) or stands_still


def needed(state_dir: str) -> set[str]:
    """IDs of the points that a restore which is half done goes on with, or goes back to."""
    half = [found for found in others(state_dir, "") if found.half]
    kept = [found.kept for found in half if found.kept]
    return {found.point for found in half} | {earlier["name"] for earlier in kept if earlier["name"]}


def replaced_by(state_dir: str) -> Optional[Journal]:
    """The restore that has replaced something and did not end, the last one where there are several."""
    return next((found for found in reversed(others(state_dir, "")) if found.replaced), None)


def close_others(state_dir: str, ended: Journal) -> None:
    """Close the other journals that a restore has ended with its own; a part leaves the rest as half as it was."""
    for journal in others(state_dir, ended.point):
        if journal.scope == ended.scope or not journal.half:
            journal.close()


def broken_off(state_dir: str, wanted: str, only: list[str], now: datetime.datetime) -> Optional[str]:
    """The point of a restore that was asked for in the same words and broke off: those words go on meaning it."""
    for found in reversed(others(state_dir, "")):
        if found.wanted == wanted and found.only == only and found.recent(now):
            return found.point
    return None


def _now() -> str:
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")
