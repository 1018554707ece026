# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who waits for whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

CONDITIONS = ("service_started", "service_healthy", "service_completed_successfully")


def check_dependencies(catalogue: dict[str, Any], names: frozenset[str]) -> Iterator[Problem]:
    """Everything waited for exists, and nobody waits for himself in the end."""
    for entry in catalogue["services"]:
        for other, how in entry["depends_on"].items():
            if other not in names:
                yield problem(
                    "depends_on", f"there is no service {other}", "correct the name, or add the service", entry["name"]
                )
            if not isinstance(how, dict) or how.get("condition") not in CONDITIONS:
                yield problem(
                    "depends_on",
                    f"{other} has no known condition",
                    f"use one of: {', '.join(CONDITIONS)}",
                    entry["name"],
                )
    yield from _cycles({entry["name"]: list(entry["depends_on"]) for entry in catalogue["services"]})


def _cycles(graph: dict[str, list[str]]) -> Iterator[Problem]:
    """Each cycle once, by a walk that remembers its path."""
    done: set[str] = set()
    found: set[frozenset[str]] = set()

    def walk(name: str, path: list[str]) -> Iterator[list[str]]:
        if name in path:
            yield path[path.index(name) :]
        elif name not in done:
            for other in graph.get(name, []):
                yield from walk(other, [*path, name])
            done.add(name)

    for start in graph:
        for cycle in walk(start, []):
            if frozenset(cycle) not in found:
                found.add(frozenset(cycle))
                path = " → ".join([*cycle, cycle[0]])
                yield problem("depends_on", f"waits for itself: {path}", "remove one of these dependencies", cycle[0])
