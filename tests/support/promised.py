# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may be here after a restore, from what was here and what points hold: worked out without the engine."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import manifest

from support.fakes import tree
from support.fakes.postgres import MAGIC
from support.fakes.repository import Repository

Data = dict[str, Any]
# A point, or parts of it, that somebody tried to restore.
Tried = tuple[str, Sequence[str]]
# The volumes that each service writes to; all databases are those of the first.
USES = {"web": {"photos", "extra"}, "wiki": {"pages"}}
PARTS = {**USES, "files": {"photos", "extra", "pages"}}


def after(points: Mapping[str, Data], wanted: Tried, base: Data, tried: Sequence[Tried]) -> list[Data]:
    """What may be here once a point is restored, or parts of it, with what was to be restored before it.

    What the point has not stays: as it was before the first attempt, or as another attempt has left it since, which
    was allowed to replace it, but nothing that only another attempt has brought.
    """
    found = [_restored(points, wanted, base)]
    for one in tried:
        left = _restored(points, one, base)
        for kind, more in itertools.product(("files", "databases"), list(found)):
            stays = {name: held for name, held in left[kind].items() if name in base[kind]}
            held = _restored(points, wanted, {**base, kind: {**base[kind], **stays}})[kind]
            other = {**more, kind: held}
            found += [] if other in found else [other]
    return found


def _restored(points: Mapping[str, Data], wanted: Tried, base: Data) -> Data:
    point, only = wanted
    saved, parts = points.get(point, base), set(",".join(only).split(",")) if only else set()
    volumes = {name for part in parts for name in PARTS.get(part, ())} if parts else set(base["files"])
    files = {name: files for name, files in saved["files"].items() if name in volumes & base["files"].keys()}
    databases = saved["databases"]
    if parts and "databases" not in parts:
        databases = {"albums": databases["albums"]} if "web" in parts else {}
    both = {"files": {**served(base)["files"], **files}, "databases": {**base["databases"], **databases}}
    return {**(base if base["databases"] else saved), **both}


def served(data: Data) -> Data:
    """The same once services have started: a volume that was not there is there."""
    return {**data, "files": {name: files or {} for name, files in data["files"].items()}}


def back(saved: Data, base: Data) -> Data:
    """What is here once a cold copy is back; ``held`` of it are the volumes that it has."""
    files = {name: saved["files"][name] for name in saved["held"] if name in saved["files"]}
    databases = saved if "pgdata" in saved["held"] else base
    return {**base, "databases": databases["databases"], "files": {**base["files"], **files}}


def used(data: Data, service: str) -> Data:
    """What a service uses of it."""
    files = {name: files for name, files in data["files"].items() if name in USES[service]}
    return {"files": files, "databases": data["databases"] if service == "web" else {}}


def saved(repository: Repository, point: Mapping[str, Any]) -> Data:
    """What a repository holds of a point: the files of each volume, and the rows of each database that has any."""
    by_tree = {one.hash: one for one in repository.snapshots if one.id in point["snapshots"]}
    kept = repository.find(point["manifest"])
    assert kept
    said = json.loads(kept.tree[f"/{manifest.FILENAME}"].content)
    files = {part["name"]: tree.below(by_tree[part["tree"]].tree, part["path"]) for part in said["volumes"]}
    dumps = {part["database"]: by_tree[part["tree"]].tree[f"/{part['file']}"] for part in said["databases"]}
    return {"files": files, **_rows({name: json.loads(dump.content[len(MAGIC) :]) for name, dump in dumps.items()})}


def to_be_saved(data: Data) -> Data:
    """What a point has to hold of it."""
    return {"files": data["files"], **_rows(data["databases"])}


def _rows(databases: Data) -> Data:
    return {"tables": {name: one["tables"] for name, one in databases.items() if one["tables"]}}


def unlike(here: Data, wanted: Data) -> list[str]:
    """What differs, for whoever has to find out why."""
    return [
        f"{kind} {name}: {here[kind].get(name)} {wanted[kind].get(name)}"
        for kind in ("files", "databases")
        for name in {**here[kind], **wanted[kind]}
        if here[kind].get(name) != wanted[kind].get(name)
    ]
