# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of the Docker daemon: what daemon.json is to hold, and what it takes to apply a change.

Three sources meet there: what the host's owner wrote, what this collection wants by default, and what the inventory
asks for. The record of what was written last time tells the first two apart: an option that was never ours is kept,
one that was is repaired, and one that the inventory no longer asks for goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NOTHING, RELOAD, RESTART = "nothing", "reload", "restart"

# What the daemon takes over on SIGHUP (moby, daemon/reload.go); log options are not among them.
RELOADABLE = frozenset(
    (
        "authorization-plugins",
        "debug",
        "default-runtime",
        "features",
        "insecure-registries",
        "labels",
        "live-restore",
        "max-concurrent-downloads",
        "max-concurrent-uploads",
        "max-download-attempts",
        "registry-mirrors",
        "runtimes",
        "shutdown-timeout",
    )
)

# Lists of things that do not exclude each other.
GATHERED = ("insecure-registries", "labels", "registry-mirrors")

Options = dict[str, Any]


@dataclass(frozen=True)
class Running:
    """What the running daemon says of itself; the defaults are those of a daemon that stands still."""

    version: str = ""
    containers: int = 0
    cgroup_driver: str = ""
    logging_driver: str = ""
    live_restore: bool = False


def merge(
    existing: Mapping[str, Any],
    recorded: Mapping[str, Any],
    defaults: Mapping[str, Any],
    wanted: Mapping[str, Any],
) -> tuple[Options, Options]:
    """Return the options that daemon.json is to hold, and those among them that are ours (the next record)."""
    asked = _consistent(existing, recorded, defaults, wanted)
    ours = {
        name: value for name, value in asked.items() if name in wanted or not _foreign(name, asked, existing, recorded)
    }
    merged = {name: value for name, value in existing.items() if not _dropped(name, value, recorded, ours)}
    merged.update({name: value for name, value in ours.items() if name != "exec-opts"})
    switches = _switches(existing.get("exec-opts"), recorded.get("exec-opts"), asked.get("exec-opts"))
    if switches:
        merged["exec-opts"] = switches
        ours["exec-opts"] = asked.get("exec-opts", [])
    return merged, ours


def kept(existing: Mapping[str, Any], recorded: Mapping[str, Any], defaults: Mapping[str, Any]) -> Options:
    """Return the options that were ours last time, though no defaults: what a stack that is not asked now may need."""
    return {
        name: value for name, value in recorded.items() if value != defaults.get(name) and existing.get(name) == value
    }


def joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> Options:
    """Return the options of both; where they contradict each other, the other's."""
    lists = {name: [*one.get(name, []), *other[name]] for name in GATHERED if isinstance(other.get(name), list)}
    return {**one, **other, **{name: list(dict.fromkeys(found)) for name, found in lists.items()}}


def needed(before: Mapping[str, Any], after: Mapping[str, Any], running: Running) -> str:
    """Say what it takes to make the running daemon follow a change of its options."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    open_ones = [name for name in changed if not _in_force(name, after, running)]
    if not open_ones:
        return NOTHING
    # A reload leaves an option that was taken away as it is.
    return RELOAD if all(name in RELOADABLE and name in after for name in open_ones) else RESTART


def stronger(one: str, other: str) -> str:
    """Return the one of two measures that includes the other."""
    order = (NOTHING, RELOAD, RESTART)
    return max(one, other, key=order.index)


def steps(measure: str, after: Mapping[str, Any], running: Running) -> list[str]:
    """Return the measures to take, in order: containers outlive a restart once live-restore is in force."""
    if measure == RESTART and running.containers and after.get("live-restore") and not running.live_restore:
        return [RELOAD, RESTART]
    return [] if measure == NOTHING else [measure]


def masked(text: str) -> str:
    """Return a text without the passwords that addresses of proxies and mirrors in it may hold."""
    return re.sub(r"://[^/@\s\"]+@", "://********@", text)


def _consistent(
    existing: Mapping[str, Any], recorded: Mapping[str, Any], defaults: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Options:
    """Return what is asked for; options of one log driver make another one refuse to start."""
    asked = {**defaults, **wanted}
    if "exec-opts" in wanted:
        asked["exec-opts"] = _switches(defaults.get("exec-opts"), None, wanted["exec-opts"])
    kept = "log-driver" not in wanted and _foreign("log-driver", asked, existing, recorded)
    driver = existing["log-driver"] if kept else asked.get("log-driver")
    if driver != defaults.get("log-driver") and "log-opts" not in wanted:
        asked.pop("log-opts", None)
    return asked


def _foreign(name: str, asked: Mapping[str, Any], existing: Mapping[str, Any], recorded: Mapping[str, Any]) -> bool:
    """Say whether the host's owner set an option: it was never ours, and is not what we would set."""
    return name in existing and name not in recorded and existing[name] != asked.get(name)


def _dropped(name: str, value: Any, recorded: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    return name == "exec-opts" or (name in recorded and name not in ours and value == recorded[name])


def _switches(existing: Any, recorded: Any, asked: Any) -> list[str]:
    """Merge lists of name=value: ours last time go, the owner's stay, what is asked for now is set."""
    names = {_name(one) for one in asked or []}
    return [one for one in existing or [] if one not in (recorded or []) and _name(one) not in names] + list(
        asked or []
    )


def _name(switch: str) -> str:
    return switch.partition("=")[0]


def _in_force(name: str, after: Mapping[str, Any], running: Running) -> bool:
    """Say whether the daemon runs with an option's new value already, as far as it tells."""
    if name == "exec-opts":
        return after.get(name) == ["native.cgroupdriver=" + running.cgroup_driver]
    if name == "log-driver":
        return after.get(name) == running.logging_driver
    return name == "live-restore" and after.get(name) is True and running.live_restore
