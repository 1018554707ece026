# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring the containers to what the deployed release says: databases first, then all that stands on them."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases.registry import ensure_databases
from ansible_collections.photosync.vps.plugins.module_utils.deploy.proxy import reload_if_changed
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Service, Spec

# Compose waits for as long as a container neither passes nor fails its health check.
DEADLINE = 600.0
# How Compose tells that something goes well; what it says besides is why it failed.
_PROGRESS = re.compile(r"^\s*(Container|Network|Volume|Image) \S+\s+\w+$")


class ConvergeFailed(Exception):
    """Compose could not start everything; the message says which container is to blame, and what it said last."""


def up(
    spec: Spec,
    services: Sequence[str] = (),
    on_progress: compose.Progress = None,
    deadline: float = DEADLINE,
    jobs_again: bool = False,
) -> compose.Converged:
    """Start, replace and remove containers; returns what is different from before.

    A database has to be there before the service that needs it starts, so servers that do not serve yet come first.

    :param services: only these and what they depend on; all when empty.
    :param deadline: seconds for everything together.
    :param jobs_again: run jobs that ended well once more: the data that they worked on are not those that are here now.
    """
    until = time.monotonic() + deadline
    before = compose.clear_away(compose.containers(spec.stack))
    needed = with_dependencies(spec.services, services)
    servers = [entry for entry in spec.databases if entry.service in needed]
    serving = {container.service for container in before if container.healthy}
    waiting = [server.service for server in servers if server.service not in serving]
    jobs = {entry.name for entry in spec.services if entry.job}
    again = jobs if jobs_again else set()
    # Compose runs a job again whenever somebody who depends on it is named. Only then is it told to leave alone what is
    # not named: it notes in a container whom that was to wait for, and makes it anew where the note is another.
    alone = ["--no-deps"] if jobs else []
    if waiting:
        first = with_dependencies(spec.services, waiting).intersection({*unsettled(spec, before), *again})
        if alone and first.difference(waiting):
            _compose(spec, ["up", "--detach", *alone, *sorted(first.union(waiting))], on_progress, until)
        _compose(spec, ["up", "--detach", "--wait", *alone, *waiting], on_progress, until)
    made = ensure_databases(replace(spec, databases=servers))
    after = before
    ran: set[str] = set()
    if services or again or not settled(spec, before):
        # Named one by one: Compose would replace whatever depends on a container that is replaced.
        open_still = [*unsettled(spec, compose.containers(spec.stack)), *again, *services]
        names = sorted(needed.intersection(open_still))
        how = ["--detach"] if names else ["--no-start", "--no-recreate"]
        names = names or sorted(needed)[:1]
        _compose(spec, ["up", *how, *alone, "--remove-orphans", *names], on_progress, until)
        after = compose.containers(spec.stack)
        ran = jobs.intersection(open_still) - {found.service for found in before if found.state == "running"}
    done = compose.difference(before, after)
    # A job that ran may have ended again, in the same container.
    done.started = sorted({*done.started, *ran})
    done.databases = made
    done.reloaded = _reload(spec, after)
    return done


def settled(spec: Spec, containers: Sequence[compose.Container]) -> bool:
    """Whether these are the release's containers, made of what it says, all of them well: nothing is left to do.

    A job is well once it has ended with exit code 0; while it runs, others may have to wait for its end.
    """
    known = {service.name for service in spec.services}
    return not unsettled(spec, containers) and all(container.service in known for container in containers)


def unsettled(spec: Spec, containers: Sequence[compose.Container]) -> list[str]:
    """Services without a container, with one that was made of something else, or with one that is not well."""
    found = {(container.service, container.config): container for container in containers}
    return [
        service.name
        for service in spec.services
        if not _is_well(service, found.get((service.name, service.config.digest)))
    ]


def _is_well(service: Service, container: Optional[compose.Container]) -> bool:
    return container is not None and (container.finished if service.job else container.healthy)


def with_dependencies(entries: Sequence[Service], names: Sequence[str]) -> set[str]:
    """``names`` and all that they depend on, however far; everything when there are no names."""
    depends_on = {entry.name: entry.depends_on for entry in entries}
    found: set[str] = set()
    ahead = list(names or depends_on)
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += depends_on.get(name, [])
    return found


def _reload(spec: Spec, containers: Sequence[compose.Container]) -> list[str]:
    """Have the entry point read a changed configuration; returns its name if it did."""
    front = spec.entry_point
    for container in containers:
        if front and container.service == front.service and container.state == "running":
            started = compose.started_at([container.id]).get(container.id, "")
            return [front.service] if reload_if_changed(spec, front, container.id, started) else []
    return []


def _compose(spec: Spec, arguments: Sequence[str], on_progress: compose.Progress, until: float) -> None:
    # Loaded only now: where nothing has to be started, nobody waits for it.
    from ansible_collections.photosync.vps.plugins.module_utils.health.lookout import Lookout

    running = compose.Running(spec, arguments)
    with Lookout(spec, until, running.end) as lookout:
        try:
            running.follow(on_progress)
        except CommandFailed as error:
            raise ConvergeFailed("\n".join(_why(spec, error, lookout.seen()))) from error


def _why(spec: Spec, error: CommandFailed, seen: Optional[str]) -> list[str]:
    """What a container has to say, when one of them is the trouble and not an image or a network."""
    if seen:
        return [seen]
    said = [line for line in error.stderr.splitlines() if line.strip() and not _PROGRESS.match(line)] or [str(error)]
    if all(container.healthy or container.finished for container in compose.containers(spec.stack)):
        return said
    from ansible_collections.photosync.vps.plugins.module_utils.health.lookout import look

    return [*said, look(spec)]
