# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring the containers to what the deployed release says: databases first, then all that stands on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils import compose
from ansible_collections.photosync.vps.plugins.module_utils.databases import ensure_databases
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.release.proxy import reload_if_changed

# How Compose tells that something goes well; what it says besides is why it failed.
_PROGRESS = re.compile(r"^\s*(Container|Network|Volume|Image) \S+\s+\w+$")


class ConvergeFailed(Exception):
    """Compose could not start everything; the message says which container is to blame, and what it said last."""


def up(
    document: dict[str, Any], services: Sequence[str] = (), on_progress: compose.Progress = None
) -> compose.Converged:
    """Start, replace and remove containers; returns what is different from before.

    A database has to be there before the service that needs it starts, so servers that do not serve yet come first.

    :param services: only these and what they depend on; all when empty.
    """
    before = compose.containers(document["stack"])
    needed = with_dependencies(document["services"], services)
    servers = [entry for entry in document["databases"] if entry["service"] in needed]
    serving = {container.service for container in before if container.healthy}
    waiting = [server["service"] for server in servers if server["service"] not in serving]
    if waiting:
        _compose(document, ["up", "--detach", "--wait", *waiting], on_progress)
    made = ensure_databases(dict(document, databases=servers))
    steady = before and not services and all(container.healthy for container in before)
    if not (steady and _settled(document, on_progress)):
        _compose(document, ["up", "--detach", "--remove-orphans", *services], on_progress)
    after = compose.containers(document["stack"])
    done = compose.difference(before, after)
    done.databases = made
    done.reloaded = _reload(document, after)
    return done


def with_dependencies(entries: Sequence[dict[str, Any]], names: Sequence[str]) -> set[str]:
    """``names`` and all that they depend on, however far; everything when there are no names."""
    depends_on = {entry["name"]: entry["depends_on"] for entry in entries}
    found: set[str] = set()
    ahead = list(names or depends_on)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += depends_on.get(name, [])
    return found


def _reload(document: dict[str, Any], containers: Sequence[compose.Container]) -> list[str]:
    """Have the entry point read a changed configuration; returns its name if it did."""
    front = document["entry_point"] and document["entry_point"]["service"]
    for container in containers:
        if container.service == front and container.state == "running":
            started = run(["docker", "inspect", "--format", "{{.State.StartedAt}}", container.id], timeout=60)
            return [front] if reload_if_changed(document, container.id, started.stdout.strip()) else []
    return []


def _settled(document: dict[str, Any], on_progress: compose.Progress) -> bool:
    """Make and replace containers, the first half of ``up``; says whether all of them run and are healthy even so.

    The second half would then start nothing and only wait, for one dependency after the other.
    """
    _compose(document, ["create", "--remove-orphans"], on_progress)
    return all(container.healthy for container in compose.containers(document["stack"]))


def _compose(document: dict[str, Any], arguments: Sequence[str], on_progress: compose.Progress) -> None:
    try:
        compose.stream(document, arguments, on_progress)
    except CommandFailed as error:
        why = [line for line in error.stderr.splitlines() if line.strip() and not _PROGRESS.match(line)]
        raise ConvergeFailed("\n".join([*(why or [str(error)]), *_cause(document)])) from error


def _cause(document: dict[str, Any]) -> list[str]:
    """What the containers themselves have to say, when one of them is the trouble and not an image or a network."""
    if all(container.healthy for container in compose.containers(document["stack"])):
        return []
    # Loaded only now: when all goes well, nobody waits for it.
    from ansible_collections.photosync.vps.plugins.module_utils.health import engine, report, targets

    everything = targets.parse_targets([{"kind": "container", "project": document["stack"]}])
    results = engine.check(everything, wait=False)
    depends_on = {entry["name"]: entry["depends_on"] for entry in document["services"]}
    return [report.report(results, depends_on)["msg"]]
