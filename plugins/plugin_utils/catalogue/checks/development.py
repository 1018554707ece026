# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What becomes of changed sources in development."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem


def check_watch(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Sources that are watched are those that the service is built from, and a copy of them has a place to go."""
    for entry in catalogue["services"]:
        if entry["dev"]["watch"] and not entry["build"]:
            yield problem(
                "dev.watch", "has no sources to watch", "give the service a build, or leave it out", entry["name"]
            )
        for rule in entry["dev"]["watch"]:
            yield from _rule(rule, entry["name"])


def _rule(rule: dict[str, Any], service: str) -> Iterator[Problem]:
    path = rule["path"]
    if posixpath.isabs(path) or posixpath.normpath(path).split("/")[0] == "..":
        fix = "write it relative to build.context, and inside of it"
        yield problem("dev.watch.path", f"{path!r} is not in the service's sources", fix, service)
    if rule["action"] != "rebuild" and not posixpath.isabs(rule["target"] or ""):
        fix = "say where in the container it belongs, an absolute path"
        yield problem("dev.watch.target", f"{rule['action']} copies {path!r} to no place", fix, service)
