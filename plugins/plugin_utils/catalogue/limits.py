# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each service may take of the host, and what it is promised."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.units import parse_size


def limits_plan(catalogue: dict[str, Any], host: dict[str, Any]) -> dict[str, Any]:
    """Limits and reservations by service; nothing in development.

    Memory is both in the words of the catalogue and in bytes. Docker refuses more cores than there are, so a limit is
    lowered to these.

    :param host: has ``cpus``, the number of its cores.
    """
    if catalogue["stack"]["mode"] == "development":
        return {}
    return {entry["name"]: _planned(entry["deploy"]["resources"], host["cpus"]) for entry in catalogue["services"]}


def _planned(resources: dict[str, Any], cores: float) -> dict[str, Any]:
    limits, reservations = resources["limits"], resources["reservations"]
    return {
        "limits": {**_memory(limits["memory"]), "cpus": _lowered(limits["cpus"], cores), "pids": limits["pids"]},
        "reservations": {**_memory(reservations["memory"]), "cpus": _lowered(reservations["cpus"], cores)},
    }


def _memory(size: str | None) -> dict[str, Any]:
    return {"memory": size, "memory_bytes": parse_size(size) if size else None}


def _lowered(cpus: float | None, cores: float) -> float | None:
    return min(cpus, float(cores)) if cpus is not None else None
