# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack takes of its host: its slice, memory and ports, to be compared with what is there."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.host.slices import Slice
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.request import ports_of


def slice_unit(name: str, memory_max: int | None = None, tasks_max: int | None = None) -> str:
    """The unit file that M(photosync.vps.stack_slice) would write."""
    return Slice(name, memory_max, tasks_max).text()


def host_claims(catalogue: dict[str, Any], plan: dict[str, Any], memory_max: int = 0) -> dict[str, Any]:
    """What other stacks on the host have to know of this one, in the words of M(photosync.vps.host_part).

    :param plan: what :func:`limits_plan` returned.
    """
    mode = catalogue["stack"]["mode"]
    return {
        "ports": [port for entry in catalogue["services"] for port in ports_of(entry, mode)],
        "memory_reserved": sum(planned["reservations"]["memory_bytes"] or 0 for planned in plan.values()),
        "memory_max": memory_max,
    }
