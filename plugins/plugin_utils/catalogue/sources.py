# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is built from which source: what to look at on the host, and what follows from what was found there."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.builds import build_plan
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.recipes import ignored, recipe

Catalogue = dict[str, Any]
Entry = dict[str, Any]

TAG_LENGTH = 12


class SourceError(ValueError):
    """A service cannot be built from the source that is there; the message names it and what to do."""

    def __init__(self, service: str, setting: str, message: str, fix: str):
        self.problem = problem(setting, message, fix, service)
        super().__init__(f"{service}: {message}; {fix}")


def source_request(catalogue: Catalogue) -> dict[str, Any]:
    """What the host has to look at, in the terms of the modules that do; ``builds`` is empty when nothing is built."""
    stack = catalogue["stack"]
    return {
        **{name: stack["source"][name] for name in ("repo", "version", "path", "dest")},
        "builds": [
            {
                "service": entry["name"],
                "context": entry["build"]["context"],
                "dockerfile": entry["build"]["dockerfile"],
                "ignore": ignored(entry["build"]["kind"]) if entry["build"]["kind"] else [],
                "own": _prefers_own(entry, stack),
            }
            for entry in catalogue["services"]
            if entry["build"]
        ],
    }


def with_sources(catalogue: Catalogue, measured: dict[str, Any]) -> Catalogue:
    """The catalogue with every built service's image named by what it is made of.

    :param measured: what the host found; where it does not know the wanted version yet, the names stay provisional.
    :raises SourceError: when a service's folder or Dockerfile is not there.
    """
    stack = catalogue["stack"]
    services = [_with_source(entry, stack, measured) if entry["build"] else entry for entry in catalogue["services"]]
    return {**catalogue, "services": services}


def source_problems(catalogue: Catalogue, measured: dict[str, Any]) -> list[Problem]:
    """What :func:`with_sources` would raise, for all services."""
    found = []
    for entry in catalogue["services"]:
        if entry["build"]:
            try:
                _with_source(entry, catalogue["stack"], measured)
            except SourceError as error:
                found.append(error.problem)
    return found


def _with_source(entry: Entry, stack: dict[str, Any], measured: dict[str, Any]) -> Entry:
    found = measured["services"].get(entry["name"])
    if not found:
        return entry
    name, build = entry["name"], entry["build"]
    if not found["content"]:
        where = stack["source"]["path"] or f"{stack['source']['repo']} at {stack['source']['version']}"
        raise SourceError(name, "build.context", f"there is no folder {build['context']} in {where}", "correct it")
    own = found["dockerfile"] and _prefers_own(entry, stack)
    if not own and not build["kind"]:
        fix = "correct it, or set build.kind to have the collection's own Dockerfile"
        raise SourceError(name, "build.dockerfile", f"there is no {build['dockerfile']} in {build['context']}", fix)
    build = {**build, "recipe": "" if own else build["kind"], "content": found["content"]}
    complete = {**entry, "build": build}
    tag = _digest(complete, stack)
    return {**complete, "build": {**build, "digest": tag}, "image": f"{stack['name']}/{name}:{tag}"}


def _prefers_own(entry: Entry, stack: dict[str, Any]) -> bool:
    return not entry["build"]["kind"] or stack["build"]["dockerfiles"] == "repository"


def _digest(entry: Entry, stack: dict[str, Any]) -> str:
    """Everything that decides what is in the image, so that the same name is always the same image.

    The mode is part of it: what development builds on the way, nobody has tested.
    """
    plan, kind = build_plan(entry, stack), entry["build"]["recipe"]
    decisive = {key: value for key, value in plan.items() if key not in ("source", "digest")}
    parts = [decisive, stack["mode"], recipe(kind) if kind else None]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:TAG_LENGTH]
