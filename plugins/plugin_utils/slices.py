# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack takes of its host: memory, processes and ports, compared with what the host has of it."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.units import parse_size
from ansible_collections.photosync.vps.plugins.module_utils.host.slices import Slice
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits import limits_plan
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits_report import limits_report
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.request import ports_of

# Kernels differ by a few kibibytes in what they leave of the same memory.
WHOLE = 1024**2


def host_limits(
    catalogue: dict[str, Any], host: dict[str, Any], reserve: str, fit: bool = False, tasks_max: int | None = None
) -> dict[str, Any]:
    """Return ``{plan, report, memory_max, tasks_max, written, part, recorded}`` of a stack on a host.

    :param host: what preflight has read of it.
    :param reserve: memory that is left to the host, such as 512M.
    :param fit: lower what services reserve where it does not fit together.
    :param tasks_max: processes and threads of all containers together.
    """
    stack = catalogue["stack"]
    limited = stack["mode"] == "production"
    room = (host["memory_bytes"] - parse_size(str(reserve))) // WHOLE * WHOLE
    plan = limits_plan(catalogue, host, room, fit)
    wanted = Slice(stack["slice"], room if limited else None, tasks_max if limited else None)
    part = {
        "ports": [port for entry in catalogue["services"] for port in ports_of(entry, stack["mode"])],
        "memory_reserved": sum(planned["reservations"]["memory_bytes"] or 0 for planned in plan.values()),
        "memory_max": wanted.memory_max or 0,
    }
    return {
        "plan": plan,
        "report": limits_report(plan, catalogue, host, room),
        "memory_max": wanted.memory_max,
        "tasks_max": wanted.tasks_max,
        "written": host["slice"] == wanted.text(),
        "part": part,
        "recorded": {**host["part"], **part} == host["part"],
    }
