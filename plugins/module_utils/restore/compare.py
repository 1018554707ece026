# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare what is here with what a point's manifest and snapshots say: every row counted, every file read."""

from __future__ import annotations

import fnmatch
import os
import stat
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import repository
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.common.meter import Meter
from ansible_collections.photosync.vps.plugins.module_utils.common.names import readable, to_bytes
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Part
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import DELETED, UPDATED, Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic.contents import exact_nodes
from ansible_collections.photosync.vps.plugins.module_utils.restic.lookalikes import Lookalikes, called
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target

Difference = dict[str, Any]
Action = dict[str, Any]

# Bits of Go's file modes, which restic prints.
GO_SETUID, GO_SETGID, GO_STICKY = 1 << 23, 1 << 22, 1 << 20
KINDS: dict[str, Callable[[int], bool]] = {"file": stat.S_ISREG, "dir": stat.S_ISDIR, "symlink": stat.S_ISLNK}


def prove(
    target: Target,
    settings: Settings,
    manifest: dict[str, Any],
    progress: Progress = silent,
    serving: Optional[bool] = None,
) -> list[Difference]:
    """All differences, each ``{kind, where, what, expected, found, message}``; none when everything is as it was saved.

    :param serving: services run and may have added rows and files since, which is then no difference; what went
        missing or was altered still is. Found out by looking when None.
    """
    if serving is None:
        serving = is_serving(target)
    found: list[Difference] = []
    for part in manifest["databases"]:
        found += _database(target, part, serving)
        progress(f"database {part['service']}/{part['database']}: {len(part['tables'])} tables compared")
    for entry in manifest.get("roles") or []:
        if entry["service"] in {part["service"] for part in manifest["databases"]}:
            found += _roles(target, entry)
    restic = repository(settings, target.points_of, read_only=True)
    names = {volume.name: volume.docker_name for volume in target.volumes}
    for part in manifest["volumes"]:
        found += _volume(restic, part, names.get(part["name"]), serving, progress)
        progress(f"volume {part['name']}: {part['files']} files compared")
    return found


def is_serving(target: Target, services: Optional[set[str]] = None) -> bool:
    """Whether anything but database servers runs, among these services where they are given."""
    servers = {entry.service for entry in target.databases}
    running = engine.running_services(target.stack) - servers
    return bool(running if services is None else running & services)


def compared(manifest: dict[str, Any]) -> dict[str, int]:
    """How much a comparison with this manifest covers."""
    tables = [table for part in manifest["databases"] for table in part["tables"].values()]
    return {
        "databases": len(manifest["databases"]),
        "tables": len(tables),
        "rows": sum(table["rows"] for table in tables),
        "volumes": len(manifest["volumes"]),
        "files": sum(part["files"] for part in manifest["volumes"]),
        "bytes": sum(part["bytes"] for part in manifest["volumes"]),
    }


def difference(kind: str, where: str, what: str, expected: Any, found: Any) -> Difference:
    """One difference with a sentence for people."""
    message = f"{where}: {what}: expected {expected}, found {found}"
    return {"kind": kind, "where": where, "what": what, "expected": expected, "found": found, "message": message}


def _database(target: Target, part: Part, serving: bool) -> list[Difference]:
    where = f"database {part['service']}/{part['database']}"
    server = registry.servers(target, [part["service"]])[0]
    engine = registry.of(server)
    if part["database"] not in engine.names(server):
        return [difference("database", where, "the database", "to be there", "none of that name")]
    with engine.moment(server, part["database"]) as moment:
        unlike = engine.unlike(part, moment.describe(), serving)
        found = [difference(one.kind, where, *one[1:]) for one in unlike]
        return found + unlike_tables(where, part["tables"], moment.tables(), serving)


def _roles(target: Target, entry: dict[str, Any]) -> list[Difference]:
    server = registry.servers(target, [entry["service"]])[0]
    present = registry.of(server).role_names(server)
    lacking = [name for name in entry["names"] if name not in present]
    where = f"database server {entry['service']}"
    return [difference("role", where, f"role {name}", "to be there", "none of that name") for name in lacking]


def unlike_tables(
    where: str, expected: dict[str, dict[str, Any]], found: dict[str, dict[str, Any]], serving: bool
) -> list[Difference]:
    """Tables that hold other rows than they should."""
    unlike = []
    for name, table in sorted(expected.items()):
        rows = table["rows"]
        if name not in found:
            unlike.append(difference("table", where, f"table {name}", f"{rows} rows", "no such table"))
        elif found[name]["rows"] < rows or (found[name]["rows"] > rows and not serving):
            unlike.append(difference("rows", where, f"table {name}", f"{rows} rows", f"{found[name]['rows']} rows"))
        elif not serving and found[name]["digest"] != table["digest"]:
            unlike.append(
                difference("rows", where, f"table {name}", f"the {rows} rows saved", f"{rows} rows, some altered")
            )
    if not serving:
        unlike += [
            difference("table", where, f"table {name}", "no such table", f"{found[name]['rows']} rows")
            for name in sorted(set(found) - set(expected))
        ]
    return unlike


def _volume(
    restic: Restic, part: dict[str, Any], docker_name: Optional[str], serving: bool, progress: Progress
) -> list[Difference]:
    where = f"volume {part['name']}"
    target = engine.mountpoint(docker_name) if docker_name else None
    if target is None:
        return [difference("volume", where, "the volume", "to be there", "none of that name")]
    rewritten = (part.get("rewritten") or []) if serving else []
    meter = Meter(progress, where, part["bytes"])
    actions = restic.differences(part["snapshot"], part["path"], target, meter.at)
    alike = Lookalikes(_path(action, target) for action in actions)
    found: list[Difference] = []

    def look(node: dict[str, Any]) -> None:
        alike.note(node)
        if not is_rewritten(node["path"], rewritten):
            found.extend(unlike_node(where, node, target))

    exact_nodes(restic, part["snapshot"], part["path"], look)
    found += altered(where, actions, alike, rewritten)
    return found if serving else found + extra(where, actions, alike, target)


def unlike_node(where: str, node: dict[str, Any], target: str) -> list[Difference]:
    """A file, folder or link that is gone or of another kind; what of its owner and mode is not as saved."""
    path = readable(node["path"])
    try:
        present = os.lstat(to_bytes(target + node["path"]))
    except (FileNotFoundError, NotADirectoryError):
        return [difference("missing", where, path, f"a {node['type']}", "nothing")]
    except OSError as error:
        return [difference("unreadable", where, path, f"a {node['type']}", f"that nobody can look: {error.strerror}")]
    if node["type"] in KINDS and not KINDS[node["type"]](present.st_mode):
        return [difference("kind", where, path, f"a {node['type']}", "something else")]
    found = []
    if (node["uid"], node["gid"]) != (present.st_uid, present.st_gid):
        owner = f"{present.st_uid}:{present.st_gid}"
        found.append(difference("owner", where, path, f"owner {node['uid']}:{node['gid']}", f"owner {owner}"))
    # restic leaves out a mode that is 0.
    mode, saved = stat.S_IMODE(present.st_mode), unix_mode(node.get("mode", 0))
    if node["type"] != "symlink" and mode != saved:
        found.append(difference("mode", where, path, f"mode {saved:04o}", f"mode {mode:04o}"))
    return found


def unix_mode(mode: int) -> int:
    """Permission bits as the kernel has them, from those that restic prints."""
    special = {GO_SETUID: stat.S_ISUID, GO_SETGID: stat.S_ISGID, GO_STICKY: stat.S_ISVTX}
    return (mode & 0o777) | sum(bit for go, bit in special.items() if mode & go)


def altered(where: str, actions: list[Action], alike: Lookalikes, rewritten: Sequence[str]) -> list[Difference]:
    """Files that restic would write anew to get back to the snapshot, but for those that services rewrite."""
    found: list[str] = []
    sizes = Counter((action["item"], action.get("size", 0)) for action in actions if action["action"] == UPDATED)
    for (path, size), times in sizes.items():
        names = alike.saved(path, size)
        if not names or not all(is_rewritten(name, rewritten) for name in names):
            found += called(names, times, path)
    return [difference("altered", where, what, "the content saved", "other content") for what in found]


def extra(where: str, actions: list[Action], alike: Lookalikes, target: str) -> list[Difference]:
    """Files that restic would remove to get back to the snapshot: it does not know them."""
    found: list[str] = []
    paths = Counter(_path(action, target) for action in actions if action["action"] == DELETED)
    for path, times in paths.items():
        found += called(alike.unsaved(path, target), times, path)
    return [difference("extra", where, what, "nothing", "a file that the point does not hold") for what in found]


def _path(action: Action, target: str) -> str:
    """The path in the volume that an action is about; of what it would remove restic says where on the host it is."""
    return "/" + os.path.relpath(action["item"], target) if action["action"] == DELETED else action["item"]


def is_rewritten(path: str, rewritten: Sequence[str]) -> bool:
    """Whether a service that runs is known to write this file anew."""
    return any(fnmatch.fnmatch(path.lstrip("/"), pattern) for pattern in rewritten)
