# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a restore was not here before it: noted before anything is replaced, and taken away by who goes back."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose, engine
from ansible_collections.photosync.vps.plugins.module_utils.restore import safety_copy, staging
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, Volume

# How a volume was: not there, there and without files, or with some.
ABSENT, BARE, USED = "absent", "bare", "used"


def volumes(spec: Spec, manifest: dict[str, Any]) -> dict[str, str]:
    """How each volume is that a restore of this will change, by name."""
    found = {}
    for volume in _scope(spec, manifest):
        path = engine.mountpoint(volume.docker_name)
        found[volume.name] = ABSENT if path is None else USED if engine.has_files(path) else BARE
    return found


def names(spec: Spec, manifest: dict[str, Any]) -> dict[str, list[str]]:
    """What the databases are called on each server that a restore of this fills, by service, where it answers."""
    services = {part["service"] for part in manifest["databases"]} & engine.running_services(spec.stack)
    found = {}
    for server in registry.servers(spec, sorted(services)):
        # A server that does not answer is no reason not to restore it; what it held is not known then.
        with contextlib.suppress(DatabaseError):
            found[server.service] = registry.of(server).names(server)
    return found


def guessed(spec: Spec, manifest: dict[str, Any]) -> dict[str, str]:
    """The same for a restore of the first version, which noted only that nothing was here: servers may have been."""
    return {
        volume.name: USED if volume.backup == "database" else BARE for volume in safety_copy.changing(spec, manifest)
    }


def servers(spec: Spec, was: dict[str, str]) -> set[str]:
    """Services that keep databases in a volume that was in use."""
    return {
        service
        for volume in spec.volumes
        if volume.backup == "database" and was.get(volume.name) == USED
        for service in volume.services
    }


def clear(spec: Spec, manifest: dict[str, Any]) -> None:
    """Remove what restores have left beside the volumes that this one changes."""
    for volume in _scope(spec, manifest):
        path = engine.mountpoint(volume.docker_name)
        if path:
            staging.clear(path)


def take_away(spec: Spec, manifest: dict[str, Any], was: dict[str, str], progress: Progress) -> None:
    """Make volumes that were not there or empty what they were, once nobody uses them; can be done again.

    :param was: how they were, as :func:`volumes` says.
    """
    for volume in _scope(spec, manifest):
        name, path = volume.docker_name, engine.mountpoint(volume.docker_name)
        before = was.get(volume.name, USED)
        if path is None or before == USED:
            continue
        staging.clear(path)
        if before == ABSENT:
            _release(spec.stack, name)
            run(["docker", "volume", "rm", name])
        else:
            safety_copy.empty(path)
        progress(f"volume {volume.name}: {'gone' if before == ABSENT else 'empty'}, as it was")


def remove_containers(stack: str, known: Optional[list[str]]) -> None:
    """Remove the containers that were not there, with the nameless volumes that they were made with.

    :param known: the IDs of those that were there; None where nobody noted them, so that none is removed.
    """
    ids = [container.id for container in compose.containers(stack) if known is not None and container.id not in known]
    if ids:
        run(["docker", "rm", "--force", "--volumes", *ids])


def drop_databases(spec: Spec, manifest: dict[str, Any], progress: Progress) -> None:
    """Make the restored databases empty, on servers that serve and were there before, where these held no table."""
    services = sorted({part["service"] for part in manifest["databases"]})
    for server in registry.servers(spec, services):
        database_engine = registry.of(server)
        there = database_engine.names(server)
        for part in manifest["databases"]:
            if part["service"] != server.service:
                continue
            for name in [part["database"], *database_engine.set_aside(part["database"], there)]:
                database_engine.drop(server, name)
            progress(f"database {part['service']}/{part['database']}: empty, as it was")
    declared = [entry for entry in spec.databases if entry.service in services]
    registry.ensure_databases(replace(spec, databases=declared))


def drop_set_aside(spec: Spec, manifest: dict[str, Any]) -> None:
    """Drop what a restore has filled beside the databases, on servers that serve."""
    running = engine.running_services(spec.stack)
    services = sorted({part["service"] for part in manifest["databases"]} & running)
    for server in registry.servers(spec, services):
        database_engine = registry.of(server)
        there = database_engine.names(server)
        for part in manifest["databases"]:
            if part["service"] == server.service:
                for name in database_engine.set_aside(part["database"], there):
                    database_engine.drop(server, name)


def _scope(spec: Spec, manifest: dict[str, Any]) -> list[Volume]:
    """The volumes that a restore of this changes, all of the stack's for a whole one: it starts everything."""
    return safety_copy.changing(spec, manifest) if manifest.get("only") else list(spec.volumes)


def _release(stack: str, docker_name: str) -> None:
    """Remove the stack's stopped containers that still have the volume."""
    ids = [container.id for container in compose.containers(stack)]
    mounting = run(
        ["docker", "ps", "--all", "--quiet", "--no-trunc", "--filter", f"volume={docker_name}"]
    ).stdout.split()
    ours = [found for found in mounting if found in ids]
    if ours:
        run(["docker", "rm", "--force", *ours])
