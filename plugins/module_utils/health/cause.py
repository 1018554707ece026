# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which of several failures came first: the one whose own dependencies are well. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.health.results import Result


@dataclass(frozen=True)
class Cause:
    """The failure that explains others, and the names of those that wait for it, directly or through others."""

    result: Result
    explains: tuple[str, ...]

    def __str__(self) -> str:
        text = f"{self.result.name}: {self.result.error}"
        return text + (" (waiting for it: {0})".format(", ".join(self.explains)) if self.explains else "")


def root_cause(results: Sequence[Result], depends_on: Optional[Mapping[str, Sequence[str]]] = None) -> Optional[Cause]:
    """The failure to look at first, None when all are healthy.

    :param depends_on: services that each service needs, where it is not what targets say of themselves or what Compose
        noted on the containers.
    """
    failing = _worst_of_each([result for result in results if not result.healthy])
    if not failing:
        return None
    graph = {**_noted(results), **(depends_on or {})}
    below = {service: _reachable(service, graph) for service in failing}
    roots = [service for service in failing if not any(other in failing for other in below[service] - {service})]
    # In a circle of failures nobody is first.
    candidates = roots or list(failing)
    explained = {root: [name for name in failing if name != root and root in below[name]] for root in candidates}
    first = min(candidates, key=lambda root: _rank(failing[root], len(explained[root])))
    return Cause(failing[first], tuple(sorted(explained[first])))


def service_of(result: Result) -> str:
    """The service that a result is about: that of its container, else the target's name."""
    return str(result.details.get("service") or result.name)


def _worst_of_each(failing: Sequence[Result]) -> dict[str, Result]:
    worst: dict[str, Result] = {}
    for result in sorted(failing, key=lambda result: _rank(result, 0)):
        worst.setdefault(service_of(result), result)
    order = [service_of(result) for result in failing]
    return {service: worst[service] for service in dict.fromkeys(order)}


def _rank(result: Result, explains: int) -> tuple[bool, int, bool]:
    """What cannot recover goes before what still tries; then what explains most; then containers, which know why."""
    return (not result.final, -explains, result.kind != "container")


def _noted(results: Sequence[Result]) -> dict[str, list[str]]:
    """What all results of a service say of its needs."""
    graph: dict[str, list[str]] = {}
    for result in results:
        graph.setdefault(service_of(result), []).extend(result.needs or result.details.get("depends_on") or [])
    return graph


def _reachable(service: str, graph: Mapping[str, Sequence[str]]) -> set[str]:
    seen: set[str] = set()
    ahead = list(graph.get(service, ()))
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead.extend(graph.get(name, ()))
    return seen
