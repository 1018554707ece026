# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each stack wants of what belongs to the host, in one place there: a file per stack, which its runs write.

A run brings the host to what all parts come to together. So no stack's run takes away what another stack needs, and a
stack that asks for less, or is gone, takes back its own part alone.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common import records, state
from ansible_collections.photosync.vps.plugins.module_utils.common.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.host.daemon import GATHERED, joined, masked
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Port
from ansible_collections.photosync.vps.plugins.module_utils.stack import paths, spec

FOLDER = "/var/lib/photosync/stacks"
LOCK = "/var/lib/photosync/host.lock"
PATIENCE_SECONDS = 300
DAEMON_OPTIONS = "docker_daemon_options"


class ConflictError(Exception):
    """Two stacks want what one host cannot give both; the message names them and the setting."""


@dataclass(frozen=True)
class Part:
    """What one stack wants: ``settings`` are those of which a host has one value, where empty is no wish.

    ``daemon_options`` is None until a run of the stack has brought them into force. ``memory_reserved`` is what its
    services are promised together, ``memory_max`` what its slice lets them take, 0 for any.
    """

    stack: str
    settings: dict[str, str] = field(default_factory=dict)
    daemon_options: Optional[dict[str, Any]] = None
    packages: list[str] = field(default_factory=list)
    ports: list[Port] = field(default_factory=list)
    memory_reserved: int = 0
    memory_max: int = 0


@dataclass(frozen=True)
class Conflict:
    """A setting, or an option in one, that stacks want differently; ``wishes`` are these stacks with their values."""

    setting: str
    option: str
    wishes: Sequence[tuple[str, Any]]

    def __str__(self) -> str:
        said = [f"{masked(json.dumps(value))} for {stack}" for stack, value in self.wishes]
        return "{0} is to be {1}; this host can have one value only".format(
            self.option or self.setting, " and ".join(said)
        )


def conflicts(parts: Iterable[Part]) -> list[Conflict]:
    """Return what cannot be had together."""
    wishes: dict[tuple[str, str], list[tuple[str, Any]]] = {}
    for part in sorted(parts, key=lambda part: part.stack):
        for setting, option, value in _exclusive(part):
            wishes.setdefault((setting, option), []).append((part.stack, value))
    return [
        Conflict(setting, option, found)
        for (setting, option), found in wishes.items()
        if any(value != found[0][1] for _stack, value in found)
    ]


def daemon_options(parts: Iterable[Part]) -> dict[str, Any]:
    """Return the options that all stacks ask for together, whichever of them asks now; raises ConflictError."""
    parts = list(parts)
    found = [one for one in conflicts(parts) if one.setting == DAEMON_OPTIONS]
    if found:
        raise ConflictError(DAEMON_OPTIONS + ": {0}".format("; ".join(map(str, found))))
    return together(parts)


def together(parts: Iterable[Part]) -> dict[str, Any]:
    """Return the options of all stacks, also of those that contradict each other."""
    found: dict[str, Any] = {}
    for part in sorted(parts, key=lambda part: part.stack):
        found = joined(found, part.daemon_options or {})
    return found


def settings(parts: Iterable[Part]) -> dict[str, str]:
    """Return the settings that any stack has a wish for."""
    return {name: value for part in parts for name, value in part.settings.items() if value}


def packages(parts: Iterable[Part]) -> list[str]:
    """Return the packages that any stack needs."""
    return sorted({name for part in parts for name in part.packages})


def path(stack: str) -> str:
    """Return where a stack's part lies."""
    return os.path.join(FOLDER, stack + ".json")


def of_stack(stack: str) -> Part:
    """Return a stack's part; an empty one where it has said none yet."""
    found = state.read(path(stack), {})
    return records.of(Part, {**found, "stack": stack})


def of_others(stack: str) -> list[Part]:
    """Return the parts of all other stacks of this host."""
    names = sorted(os.path.basename(found)[: -len(".json")] for found in glob.glob(os.path.join(FOLDER, "*.json")))
    return [of_stack(name) for name in names if name != stack]


def gone(parts: Iterable[Part]) -> list[str]:
    """Return the stacks among these that are not on this host, be it no more or not yet."""
    return [part.stack for part in parts if not os.path.isdir(paths.of_stack(part.stack).root)]


def unheard(stack: str) -> list[str]:
    """Return the other stacks of this host whose options nobody knows, since a version before parts deployed them."""
    found = (os.path.basename(os.path.dirname(os.path.dirname(one))) for one in glob.glob(spec.path_of("*")))
    return sorted(name for name in found if name != stack and of_stack(name).daemon_options is None)


def is_noted(stack: str) -> bool:
    """Say whether there is a part of a stack."""
    return os.path.exists(path(stack))


def note(part: Part) -> None:
    """Write a stack's part."""
    state.write(path(part.stack), records.as_json(part))


def drop(stack: str) -> None:
    """Take a stack's part away; the next run of another stack takes what nobody asks for any more off the host."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path(stack))


def text(part: Part) -> str:
    """Return a part for people, without the passwords that addresses in it may hold."""
    return masked(json.dumps(records.as_json(part), indent=2)) + "\n"


def changed(part: Part, **values: Any) -> Part:
    """Return a part with those of the values that are not None."""
    return replace(part, **{name: value for name, value in values.items() if value is not None})


def held() -> contextlib.AbstractContextManager[None]:
    """Let nobody else read or change what belongs to the host meanwhile."""
    return exclusive(LOCK, "a change of what all stacks of this host share", wait=PATIENCE_SECONDS)


def _exclusive(part: Part) -> Iterator[tuple[str, str, Any]]:
    """Yield what a stack wants that no other may want differently: setting, option in it, value."""
    for setting, value in part.settings.items():
        if value:
            yield setting, "", value
    for option, value in (part.daemon_options or {}).items():
        if option not in GATHERED:
            yield DAEMON_OPTIONS, option, value
