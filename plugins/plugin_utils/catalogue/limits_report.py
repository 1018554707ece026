# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What services get where that is less than they ask for, for a person to read before anything is deployed."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common import table
from ansible_collections.photosync.vps.plugins.module_utils.common.units import parse_size
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits import promised_to_others

HEADINGS = ["service", "reserved", "gets", "limit", "gets", "cpus", "gets"]


def limits_report(
    plan: dict[str, Any], catalogue: dict[str, Any], host: dict[str, Any], room: int | None = None
) -> list[str]:
    """Lines of a table of all that is lowered; none where everybody gets what the catalogue says.

    :param plan: what :func:`limits_plan` returned for this host and this room.
    """
    asked = {entry["name"]: entry["deploy"]["resources"] for entry in catalogue["services"]}
    lowered = {name: planned for name, planned in plan.items() if _words(planned) != _words(asked[name])}
    if not lowered:
        return []
    rows = [[name, *_pairs(asked[name], planned)] for name, planned in lowered.items()]
    return [
        *_head(catalogue["stack"]["name"], host, room),
        *table.render(HEADINGS, [*rows, _sum(plan, asked)], HEADINGS[1:]).splitlines(),
    ]


def _head(stack: str, host: dict[str, Any], room: int | None) -> list[str]:
    """Why it is less."""
    has = f"{host['cpus']} core" + ("" if host["cpus"] == 1 else "s")
    if room is not None:
        services = f"the services have {table.size(room)}{_others(host)}"
        has = f"{table.size(host['memory_bytes'])} of memory, of which {services}, and {has}"
    return [f"{stack} asks for more than this host has: {has}. So services get less:"]


def _others(host: dict[str, Any]) -> str:
    promised = promised_to_others(host)
    return f" less {table.size(promised)} that other stacks are promised" if promised else ""


def _words(resources: dict[str, Any]) -> list[Any]:
    return [
        resources["reservations"]["memory"],
        resources["limits"]["memory"],
        resources["limits"]["cpus"],
        resources["reservations"]["cpus"],
    ]


def _pairs(asked: dict[str, Any], planned: dict[str, Any]) -> list[Any]:
    """What is asked beside what is given: reservation, limit, cores."""
    before, after = _words(asked)[:3], _words(planned)[:3]
    return [_cell(value) for pair in zip(before, after, strict=True) for value in pair]


def _cell(value: Any) -> str | None:
    return f"{value:g}" if isinstance(value, float) else value


def _sum(plan: dict[str, Any], asked: dict[str, Any]) -> list[Any]:
    """Reservations have to fit together; of limits no sum means anything."""
    wanted = [resources["reservations"]["memory"] for resources in asked.values()]
    given = [planned["reservations"]["memory_bytes"] or 0 for planned in plan.values()]
    return ["together", table.size(sum(map(parse_size, filter(None, wanted)))), table.size(sum(given))] + [""] * 4
