# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A repository of restic's: its snapshots, who has locked it, and what is wrong with it."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field
from typing import Any

from support.fakes import tree as trees
from support.fakes.tree import FILE, Tree


@dataclass
class Snapshot:
    """One snapshot; ``original`` is the one that it is a copy of, or itself."""

    id: str
    time: str
    host: str
    tags: list[str]
    paths: list[str]
    tree: Tree
    original: str = ""
    bytes: int = 0

    @functools.cached_property
    def hash(self) -> str:
        """The hash of its tree, which never changes."""
        return trees.digest(self.tree)

    def said(self) -> dict[str, Any]:
        """What ``restic snapshots --json`` says of it."""
        files = [node for node in self.tree.values() if node.type == FILE]
        return {
            "id": self.id,
            "short_id": self.id[:8],
            "time": self.time,
            "hostname": self.host,
            "username": "root",
            "tags": list(self.tags),
            "paths": list(self.paths),
            "tree": self.hash,
            "program_version": "restic 0.18.0",
            "summary": {"total_files_processed": len(files), "total_bytes_processed": self.bytes},
        }


@dataclass
class Repository:
    """What lies at one address.

    :param locked: by a restic that is gone ("stale") or one that goes on ("held"); empty for nobody.
    :param full: no lock can be written, nor anything else.
    :param append_only: nothing is removed, though it says so.
    :param damaged: IDs of snapshots of which something cannot be read any more.
    """

    password: str
    snapshots: list[Snapshot] = field(default_factory=list)
    locked: str = ""
    full: bool = False
    append_only: bool = False
    damaged: set[str] = field(default_factory=set)
    made: int = 0

    def add(self, time: str, host: str, tags: list[str], paths: list[str], tree: Tree, original: str = "") -> Snapshot:
        """Keep a tree as a new snapshot."""
        self.made += 1
        content = repr((self.made, id(self), time, tags, trees.digest(tree)))
        found = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
        size = sum(len(node.content) for node in tree.values() if node.type == FILE)
        self.snapshots.append(Snapshot(found, time, host, tags, paths, tree, original or found, size))
        return self.snapshots[-1]

    def find(self, name: str) -> Snapshot | None:
        """The snapshot with this ID, or with an ID that begins like this."""
        return next((one for one in self.snapshots if one.id.startswith(name)), None)

    def tagged(self, tags: list[str]) -> list[Snapshot]:
        """The snapshots that have all of these tags."""
        return [one for one in self.snapshots if set(tags) <= set(one.tags)]
