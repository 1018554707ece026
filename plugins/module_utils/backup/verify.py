# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Can a point be restored from? Asked of the repository, before anybody needs it."""

from __future__ import annotations

import datetime
import time
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import host_state
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import FIRST, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import LATEST, load_manifest, repository
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.common import checksum, state
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.common.meter import Meter
from ansible_collections.photosync.vps.plugins.module_utils.common.pipes import pipe
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic, ensure_installed
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import Damaged, ResticError
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec


def verify(
    spec: Spec,
    settings: Settings,
    point: str = LATEST,
    progress: Progress = silent,
    name: str = "",
) -> dict[str, Any]:
    """Report on one point: ``{point, ok, problems, dumps_read, seconds}``; raises where no complete one is meant.

    :param name: the repository to ask, by name or number; that of ``settings`` without.
    """
    start = time.monotonic()
    with exclusive(spec.state_dir, "verification"):
        restic = repository(settings, spec.stack, owns_lock=True, name=name)
        ensure_installed()
        manifest, trees = load_manifest(restic, spec.stack, point, progress)
        problems = unlike(manifest, trees)
        progress(f"{manifest['id']}: manifest and snapshots looked at")
        problems += damage(restic)
        progress(f"{manifest['id']}: repository checked")
        dumps, unread = _dumps(restic, manifest, spec, progress)
        report = {
            "point": manifest["id"],
            "ok": not problems and not unread,
            "problems": problems + unread,
            "dumps_read": dumps,
            "seconds": round(time.monotonic() - start, 2),
        }
        # Which points are to be relied on is asked of the first repository; a copy's being good says nothing of it.
        if report["ok"] and settings.at(name).name == FIRST:
            _remember(spec, manifest["id"])
    return report


def unlike(manifest: dict[str, Any], trees: dict[str, str]) -> list[str]:
    """Parts whose snapshot is gone or has another content than the manifest says."""
    found = []
    for name, part in parts_of(manifest):
        tree = trees.get(part["snapshot"])
        if tree is None:
            found.append(f"{name}: its snapshot {part['snapshot'][:8]} is not in the repository")
        elif tree != part["tree"]:
            found.append(f"{name}: its snapshot {part['snapshot'][:8]} has other content than the manifest says")
    return found


def parts_of(manifest: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every part of a point with its name for people."""
    found = [(f"database {part['service']}/{part['database']}", part) for part in manifest["databases"]]
    found += [(f"volume {part['name']}", part) for part in manifest["volumes"]]
    return [*found, ("configuration", manifest["configuration"])]


def damage(restic: Restic) -> list[str]:
    """What is wrong with the repository as a whole; raises ResticError where it cannot be read now."""
    try:
        restic.check()
    except Damaged as error:
        return [f"the repository is damaged: {error}"]
    return []


def unread(restic: Restic, manifest: dict[str, Any], progress: Progress) -> list[str]:
    """Parts of a point of which something cannot be read, found by reading all of it."""
    found = []
    for snapshot in sorted({part["snapshot"] for _name, part in parts_of(manifest)}):
        parts = {name: part for name, part in parts_of(manifest) if part["snapshot"] == snapshot}
        names = ", ".join(parts)
        meter = Meter(progress, f"reading {names}", sum(part.get("bytes", 0) for part in parts.values()))
        try:
            restic.walk(snapshot)
            pipe(restic.everything_argv(snapshot), ["cat"], restic.environment, meter.at)
        except (ResticError, CommandFailed) as error:
            restic.reach()
            found.append(f"{names}: cannot be read: {error}")
    return found


def _dumps(restic: Restic, manifest: dict[str, Any], spec: Spec, progress: Progress) -> tuple[list[str], list[str]]:
    """Read each dump to its end with the tool that would restore it."""
    servers = {server.service: server for server in registry.servers(spec)}
    read, unread = [], []
    for part in manifest["databases"]:
        name = f"{part['service']}/{part['database']}"
        server = servers.get(part["service"])
        if server is None:
            unread.append(f"database {name}: this stack has no server {part['service']} to read the dump with")
            continue
        meter = Meter(progress, f"reading database {name}", part["bytes"])
        try:
            with checksum.summed(restic.dump_argv(part["snapshot"], part["file"])) as dump:
                pipe(dump.argv, registry.of(server).read_argv(server), restic.environment, meter.at)
                digest = dump.found()
        except CommandFailed as error:
            restic.reach()
            unread.append(f"database {name}: its dump cannot be read: {error}")
            continue
        # Points from before there were checksums have none.
        if digest == part.get("sha256", digest):
            read.append(name)
        else:
            unread.append(f"database {name}: its dump has another checksum than the manifest says")
    return read, unread


def _remember(spec: Spec, point: str) -> None:
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    known = host_state.verified(spec.state_dir)
    state.write(host_state.verified_path(spec.state_dir), {**known, point: now})
