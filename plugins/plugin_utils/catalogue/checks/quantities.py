# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sizes, durations and counts that can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.units import parse_duration, parse_size
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

SMALLEST_MEMORY = 6 * 1024**2
_SIZE = "write a size such as 512M or 2G"
_BOTH = ("interval", "timeout")
_DURATION = "write a duration such as 30s or 1m30s"


def check_quantities(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Every size and duration, and that a promise is not larger than the cap."""
    for entry in catalogue["services"]:
        for setting, value in _sizes(entry):
            yield from _unreadable(setting, value, parse_size, _SIZE, entry["name"])
        for setting, value in _durations(entry):
            yield from _unreadable(setting, value, parse_duration, _DURATION, entry["name"])
        yield from _bounds(entry)


def _sizes(entry: dict[str, Any]) -> list[tuple[str, Any]]:
    resources = entry["deploy"]["resources"]
    return [
        ("deploy.resources.limits.memory", resources["limits"]["memory"]),
        ("deploy.resources.reservations.memory", resources["reservations"]["memory"]),
        ("deploy.resources.minimum.memory", resources["minimum"]["memory"]),
        ("shm_size", entry["shm_size"]),
    ]


def _durations(entry: dict[str, Any]) -> list[tuple[str, Any]]:
    found = [("stop_grace_period", entry["stop_grace_period"])]
    health = entry["healthcheck"] or {}
    found += [(f"healthcheck.{key}", health.get(key)) for key in (*_BOTH, "start_period", "start_interval")]
    watched = (entry["route"] or {}).get("health") or {}
    return found + [(f"route.health.{key}", watched.get(key)) for key in _BOTH]


def _unreadable(setting: str, value: Any, parse: Callable[[str], Any], fix: str, service: str) -> Iterator[Problem]:
    if value is not None:
        try:
            parse(value)
        except ValueError as error:
            yield problem(setting, str(error), fix, service)


def _bounds(entry: dict[str, Any]) -> Iterator[Problem]:
    limits, reservations = (entry["deploy"]["resources"][kind] for kind in ("limits", "reservations"))
    cap, promise = _bytes(limits["memory"]), _bytes(reservations["memory"])
    least = _bytes(entry["deploy"]["resources"]["minimum"]["memory"])
    for setting, size in (("limits.memory", cap), ("minimum.memory", least)):
        if size is not None and size < SMALLEST_MEMORY:
            yield problem(f"deploy.resources.{setting}", "Docker takes no less than 6M", "raise it", entry["name"])
    if cap is not None and promise is not None and promise > cap:
        message = f"{reservations['memory']} is more than the limit of {limits['memory']}"
        yield problem("deploy.resources.reservations.memory", message, "lower it, or raise the limit", entry["name"])
    for setting, value in (("limits.cpus", limits["cpus"]), ("limits.pids", limits["pids"])):
        if value is not None and value <= 0:
            yield problem(
                f"deploy.resources.{setting}", f"{value} is not above 0", "raise it, or leave it out", entry["name"]
            )


def _bytes(text: str | None) -> int | None:
    try:
        return parse_size(text) if text is not None else None
    except ValueError:
        return None
