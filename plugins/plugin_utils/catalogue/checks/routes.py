# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the entry point hands on to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

_PATH = re.compile(r"/[A-Za-z0-9._~!&'()+,;=:@%/-]*\*?")
_STATUS = re.compile(r"[1-5](?:xx|\d\d)")


def check_routes(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Every path belongs to one service, and one Caddy stands in front."""
    owners: dict[str, str] = {}
    for entry in catalogue["services"]:
        for path in entry["route"]["paths"] if entry["route"] else []:
            if path != "*" and not _PATH.fullmatch(path):
                fix = "begin it with /, and use * only at the end; * alone is everything else"
                yield problem("route.paths", f"{path!r} is not a path", fix, entry["name"])
            if path in owners:
                yield problem(
                    "route.paths", f"{path} is also claimed by {owners[path]}", "give it to one of them", entry["name"]
                )
            owners.setdefault(path, entry["name"])
        yield from _requests(entry)
    yield from _entry_points(catalogue["services"], bool(owners))


def _requests(entry: dict[str, Any]) -> Iterator[Problem]:
    route = entry["route"]
    if not route:
        return
    if not route["paths"]:
        yield problem("route.paths", "is empty", "name the paths, or remove the route", entry["name"])
    if not 0 < route["port"] < 65536:
        yield problem("route.port", f"{route['port']} is not a port", "give the port in the container", entry["name"])
    for kind, key in (("health", "uri"), ("probe", "path")):
        if route[kind] and not route[kind][key].startswith("/"):
            message = f"{route[kind][key]!r} is not a path"
            yield problem(f"route.{kind}.{key}", message, "begin it with /", entry["name"])
    if route["health"] and not _STATUS.fullmatch(route["health"]["status"]):
        message = f"{route['health']['status']!r} is not a status"
        yield problem("route.health.status", message, "use a number such as 200 or a class such as 2xx", entry["name"])


def _entry_points(services: list[dict[str, Any]], routed: bool) -> Iterator[Problem]:
    found = [entry["name"] for entry in services if entry["entry_point"]]
    if len(found) > 1:
        message = f"{' and '.join(found)} are all entry points"
        yield problem("entry_point", message, "set entry_point: true for one service", found[-1])
    elif routed and not found:
        message = "services have routes, but none is the entry point"
        yield problem("entry_point", message, "set entry_point: true for the stack's Caddy")
