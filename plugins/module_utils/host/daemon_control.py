# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring the Docker daemon of this host to its options: validated, applied gently, undone on failure."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.docker.api import ask
from ansible_collections.photosync.vps.plugins.module_utils.host import daemon, parts

CONFIG = "/etc/docker/daemon.json"
RECORD = "/var/lib/photosync/docker-daemon.json"
UNIT = "docker.service"
CONFIG_MODE = 0o644
ANSWER_SECONDS = 30


class DaemonError(Exception):
    """The daemon cannot be brought to the options that are wanted; the message says why and what to do."""


@dataclass(frozen=True)
class State:
    """What is on the host: the file's text and options, our record of last time, the unit and the running daemon.

    ``part`` is what the stack of this run has said before, ``others`` what the others have. ``unheard`` are stacks that
    have said nothing yet: what was ours last time may be theirs.
    """

    text: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    safe: bool = True
    recorded: Mapping[str, Any] = field(default_factory=dict)
    pending: str = daemon.NOTHING
    unit: Mapping[str, str] = field(default_factory=dict)
    running: daemon.Running = field(default_factory=daemon.Running)
    swarm: bool = False
    part: parts.Part = field(default_factory=lambda: parts.Part(""))
    others: Sequence[parts.Part] = ()
    unheard: Sequence[str] = ()


@dataclass(frozen=True)
class Plan:
    """What is to be done; ``steps`` are in order."""

    options: Mapping[str, Any]
    ours: Mapping[str, Any]
    text: str
    rewrite: bool
    measure: str
    enable: bool
    start: bool
    part: parts.Part
    note: bool

    @property
    def changes(self) -> bool:
        """Say whether anything differs from what it is to be."""
        return self.touches or self.note

    @property
    def touches(self) -> bool:
        """Say whether anything of the daemon does, beside what is noted of the stack."""
        return self.rewrite or self.enable or self.start or self.measure != daemon.NOTHING


def read_state(stack: str) -> State:
    """Read the daemon's file, unit and answers, and what stacks want of it; changes nothing."""
    text = _read(CONFIG)
    record = _record()
    unit = _unit()
    info = ask("/info") or {}
    return State(
        text=text,
        options=parse(text),
        safe=_is_safe(CONFIG),
        recorded=record.get("options", {}),
        pending=record.get("pending", daemon.NOTHING),
        unit=unit,
        running=parse_info(info),
        swarm=(info.get("Swarm") or {}).get("LocalNodeState") == "active",
        part=parts.of_stack(stack),
        others=parts.of_others(stack),
        unheard=parts.unheard(stack),
    )


def plan(state: State, defaults: Mapping[str, Any], wanted: Mapping[str, Any]) -> Plan:
    """Return what brings ``state`` to the options that this stack wants, and the others. Pure.

    Raises ConflictError where they cannot be had together.
    """
    part = parts.changed(state.part, daemon_options=dict(wanted))
    wanted = parts.daemon_options([*state.others, part])
    if state.unheard:
        wanted = daemon.joined(daemon.kept(state.options, state.recorded, defaults), wanted)
    if state.swarm:
        # A daemon in swarm mode refuses to start with live-restore.
        defaults = {name: value for name, value in defaults.items() if name != "live-restore"}
    options, ours = daemon.merge(state.options, state.recorded, defaults, wanted)
    active = state.unit.get("ActiveState") == "active"
    same = options == state.options
    measure = daemon.stronger(daemon.needed(state.options, options, state.running), state.pending)
    return Plan(
        options=options,
        ours=ours,
        text=state.text if same else json.dumps(options, indent=2) + "\n",
        rewrite=not same or not state.safe,
        measure=measure if active else daemon.NOTHING,
        enable=state.unit.get("UnitFileState") != "enabled",
        start=not active,
        part=part,
        note=part != state.part,
    )


def apply(state: State, todo: Plan) -> None:
    """Carry out a plan; raises DaemonError, with the earlier file back in place, when the daemon does not take it."""
    if state.unit.get("LoadState") != "loaded":
        raise DaemonError(f"the host has no {UNIT}; install the engine's packages first")
    if todo.rewrite:
        validate(todo.text)
        # Whoever comes next applies what a run that was killed half way left open.
        _write_record(state.recorded, todo.measure)
        os.makedirs(os.path.dirname(CONFIG), mode=0o755, exist_ok=True)
        write_atomically(CONFIG, todo.text, CONFIG_MODE)
    try:
        _take(state, todo)
    except CommandFailed as error:
        said = _last_words()
        _undo(state, todo)
        raise DaemonError(f"the daemon refuses its options, the earlier ones are back:\n{said}") from error
    if todo.touches or dict(todo.ours) != dict(state.recorded):
        _write_record(todo.ours, daemon.NOTHING)
    # Last: what the daemon refuses no other stack's run may try again.
    if todo.note:
        parts.note(todo.part)


def validate(text: str) -> None:
    """Have dockerd itself check a configuration before it replaces the one that works."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as candidate:
        candidate.write(text)
        candidate.flush()
        done = run(["dockerd", "--validate", "--config-file", candidate.name], timeout=ANSWER_SECONDS, check=False)
    # Engines before 23.0 cannot validate.
    if done.rc != 0 and "unknown flag: --validate" not in done.stderr:
        raise DaemonError(f"dockerd refuses the options, nothing was changed: {done.stderr.strip()}")


def parse(text: str) -> dict[str, Any]:
    """Return the options in the text of a daemon.json; raises DaemonError where they cannot be told."""
    try:
        options = json.loads(text) if text.strip() else {}
    except ValueError as error:
        raise DaemonError(f"{CONFIG} is not valid JSON ({error}); repair or remove it") from error
    if not isinstance(options, dict):
        raise DaemonError(f"{CONFIG} is not a JSON object; repair or remove it")
    return options


def parse_info(info: Mapping[str, Any]) -> daemon.Running:
    """Return what the running daemon says of itself."""
    return daemon.Running(
        version=info.get("ServerVersion") or "",
        containers=info.get("ContainersRunning") or 0,
        cgroup_driver=info.get("CgroupDriver") or "",
        logging_driver=info.get("LoggingDriver") or "",
        live_restore=bool(info.get("LiveRestoreEnabled")),
    )


def version() -> str:
    """Return the version of the running daemon; nothing when it does not answer."""
    return parse_info(ask("/info") or {}).version


def _take(state: State, todo: Plan) -> None:
    if todo.enable:
        run(["systemctl", "enable", "--quiet", UNIT])
    if todo.start:
        run(["systemctl", "start", UNIT])
    for step in daemon.steps(todo.measure, todo.options, state.running):
        run(["systemctl", step, UNIT])


def _undo(state: State, todo: Plan) -> None:
    if not todo.rewrite:
        return
    if state.text:
        write_atomically(CONFIG, state.text, CONFIG_MODE)
    else:
        os.unlink(CONFIG)
    _write_record(state.recorded, daemon.NOTHING)
    # A unit that failed too often in a row is not started any more until its counter is reset.
    run(["systemctl", "reset-failed", UNIT], check=False)
    run(["systemctl", "restart", UNIT], check=False)


def _last_words() -> str:
    """Return what the daemon wrote last into the journal: systemctl only says that it failed."""
    argv = ["journalctl", "--unit", UNIT, "--identifier", "dockerd", "--lines", "3", "--output", "cat", "--no-pager"]
    return daemon.masked(run(argv, check=False).stdout.strip())


def _unit() -> dict[str, str]:
    shown = run(["systemctl", "show", UNIT, "--property=LoadState,ActiveState,UnitFileState"], check=False).stdout
    return dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)


def _record() -> dict[str, Any]:
    try:
        return json.loads(_read(RECORD) or "{}")
    except ValueError:
        return {}


def _write_record(options: Mapping[str, Any], pending: str) -> None:
    os.makedirs(os.path.dirname(RECORD), mode=0o700, exist_ok=True)
    write_atomically(RECORD, json.dumps({"options": dict(options), "pending": pending}) + "\n", 0o600)


def _is_safe(path: str) -> bool:
    """Say whether nobody but root can change a file; who can change this one is root."""
    if not os.path.exists(path):
        return True
    state = os.stat(path)
    return state.st_uid == 0 and not state.st_mode & 0o022


def _read(path: str) -> str:
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as stream:
        return stream.read()
