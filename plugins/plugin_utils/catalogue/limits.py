# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each service may take of the host, and what it is promised; on a smaller host less, in proportion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.units import parse_size

MEBIBYTE = 1024**2
# A new kernel may leave some MiB more or less of the same memory, which is no reason to replace every container.
STEP = 64 * MEBIBYTE


@dataclass(frozen=True)
class Need:
    """Bytes that a service asks to be promised, and the least with which it does its work."""

    asked: int
    least: int


def limits_plan(
    catalogue: dict[str, Any], host: dict[str, Any], room: int | None = None, fit: bool = False
) -> dict[str, Any]:
    """Limits and reservations by service; nothing in development.

    Memory is both in the words of the catalogue and in bytes. Docker refuses more cores than there are, so a limit is
    lowered to these; and no memory limit is above what all services have together.

    :param host: has ``cpus``, the number of its cores, and in ``others`` what its other stacks are promised.
    :param room: bytes of memory that all services have together; None when it is not known, which lowers nothing.
    :param fit: lower reservations, and limits with them, where they do not fit into ``room``.
    """
    if catalogue["stack"]["mode"] == "development":
        return {}
    needs = {entry["name"]: need for entry in catalogue["services"] if (need := need_of(entry["deploy"]["resources"]))}
    promised = {name: need.asked for name, need in needs.items()}
    if fit and room is not None:
        promised = shares(needs, room - promised_to_others(host))
    return {
        entry["name"]: _planned(entry["deploy"]["resources"], host["cpus"], room, promised.get(entry["name"]))
        for entry in catalogue["services"]
    }


def promised_to_others(host: Mapping[str, Any]) -> int:
    """Bytes of memory that the services of the host's other stacks are promised."""
    return int(host.get("others", {}).get("memory_reserved", 0))


def need_of(resources: dict[str, Any]) -> Need | None:
    """What an entry's resources ask for, if anything.

    A service that states no minimum has not agreed to less than it asks for. Who asks for less than a minimum, as an
    inventory may of an entry that it changes, has agreed to that.
    """
    asked, least = resources["reservations"]["memory"], resources["minimum"]["memory"]
    if not asked:
        return None
    return Need(parse_size(asked), min(parse_size(asked), parse_size(least or asked)))


def shares(needs: Mapping[str, Need], room: int) -> dict[str, int]:
    """Bytes for each service: what it asks for where that fits, else in proportion to that, none less than its least.

    Who would get less than its least gets that; the others share what is left, in whole mebibytes. Where not even the
    least fits, everybody gets the least: preflight refuses such a host.
    """
    if sum(need.asked for need in needs.values()) <= room:
        return {name: need.asked for name, need in needs.items()}
    left = max(room // STEP * STEP, sum(need.least for need in needs.values()))
    scaled, fixed = dict(needs), dict[str, int]()
    while True:
        asked = sum(need.asked for need in scaled.values())
        low = {name: need.least for name, need in scaled.items() if left * need.asked < need.least * asked}
        if not low:
            break
        fixed |= low
        left -= sum(low.values())
        scaled = {name: need for name, need in scaled.items() if name not in low}
    return fixed | {name: max(_whole(left * need.asked // asked), need.least) for name, need in scaled.items()}


def words(size: int) -> str:
    """Bytes as Compose reads them."""
    return f"{size // MEBIBYTE}M" if size % MEBIBYTE == 0 else f"{size}b"


def _planned(resources: dict[str, Any], cores: float, room: int | None, promised: int | None) -> dict[str, Any]:
    limits, reservations = resources["limits"], resources["reservations"]
    cap = _cap(limits["memory"], reservations["memory"], room, promised)
    return {
        "limits": {**_memory(limits["memory"], cap), "cpus": _lowered(limits["cpus"], cores), "pids": limits["pids"]},
        "reservations": {**_memory(reservations["memory"], promised), "cpus": _lowered(reservations["cpus"], cores)},
    }


def _cap(limit: str | None, reservation: str | None, room: int | None, promised: int | None) -> int | None:
    """A limit keeps its proportion to the reservation, and is never above what all services have together."""
    if limit is None:
        return None
    cap = parse_size(limit)
    if reservation and promised is not None and promised < parse_size(reservation):
        cap = _whole(cap * promised // parse_size(reservation))
    return max(cap if room is None else min(cap, room), promised or 0)


def _memory(asked: str | None, size: int | None) -> dict[str, Any]:
    """A size in the catalogue's own words as long as it is what was asked for."""
    if asked is None or size is None:
        return {"memory": None, "memory_bytes": None}
    return {"memory": asked if parse_size(asked) == size else words(size), "memory_bytes": size}


def _whole(size: int) -> int:
    return size // MEBIBYTE * MEBIBYTE


def _lowered(cpus: float | None, cores: float) -> float | None:
    return min(cpus, float(cores)) if cpus is not None else None
