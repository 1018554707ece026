# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files, folders and links as a snapshot holds them: read from a disk, and put back onto one."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

FILE, FOLDER, LINK = "file", "dir", "symlink"
GO_SETUID, GO_SETGID, GO_STICKY, GO_FOLDER, GO_LINK = 1 << 23, 1 << 22, 1 << 20, 1 << 31, 1 << 27


@dataclass(frozen=True)
class Node:
    """One of them; a link's content is where it leads."""

    type: str
    mode: int
    uid: int
    gid: int
    mtime: int
    content: bytes = b""

    def said(self, path: str) -> dict[str, Any]:
        """What ``restic ls --json`` says of it; of a mode that is 0, nothing."""
        special = {stat.S_ISUID: GO_SETUID, stat.S_ISGID: GO_SETGID, stat.S_ISVTX: GO_STICKY}
        mode = (self.mode & 0o777) | sum(go for bit, go in special.items() if self.mode & bit)
        mode |= {FILE: 0, FOLDER: GO_FOLDER, LINK: GO_LINK}[self.type]
        found = {"name": os.path.basename(path), "type": self.type, "path": path, "uid": self.uid, "gid": self.gid}
        found.update({"mode": mode} if mode else {}, **({"size": len(self.content)} if self.type == FILE else {}))
        return {**found, "message_type": "node", "struct_type": "node"}


Tree = dict[str, Node]


def digest(tree: Tree) -> str:
    """The hash of a tree: the same for the same names, owners, modes, times and content."""
    total = hashlib.sha256()
    for path, node in sorted(tree.items()):
        total.update(repr((path, node)).encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def read(path: str) -> Node:
    """What lies at a path; raises OSError where it cannot be read."""
    found = os.lstat(path)
    kind, content = FOLDER, b""
    if stat.S_ISLNK(found.st_mode):
        kind, content = LINK, os.readlink(os.fsencode(path))
    elif stat.S_ISREG(found.st_mode):
        kind = FILE
        with open(path, "rb") as stream:
            content = stream.read()
    return Node(kind, stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid, found.st_mtime_ns, content)


def collect(path: str) -> Iterator[tuple[str, Node]]:
    """A path and all that lies below it, with the folders above it."""
    above = os.path.dirname(path)
    while above != "/":
        yield above, read(above)
        above = os.path.dirname(above)
    yield path, read(path)
    for root, folders, names in os.walk(path):
        for name in [*folders, *names]:
            yield os.path.join(root, name), read(os.path.join(root, name))


def below(tree: Tree, folder: str) -> Tree:
    """What lies in a folder of a tree, with paths counted from there."""
    start = folder.rstrip("/")
    return {path[len(start) :]: node for path, node in sorted(tree.items()) if path.startswith(start + "/")}


def changes(tree: Tree, target: str) -> list[tuple[str, str]]:
    """What making ``target`` this tree comes to: each path with "restored", "updated", "unchanged" or "deleted"."""
    found = []
    for path, node in tree.items():
        here = _present(target + path)
        if node.type != FILE or here is None or here.type != FILE:
            found.append(("restored", path))
        else:
            found.append(("unchanged" if here.content == node.content else "updated", path))
    return found + [("deleted", target + path) for path in _extra(tree, target)]


def put(tree: Tree, target: str, point: Callable[[str], None]) -> None:
    """Make ``target`` this tree, what it has not removed.

    :param point: passed before each change.
    """
    os.makedirs(target, exist_ok=True)
    for path in _extra(tree, target):
        point(f"restic restore: removing {path}")
        _remove(target + path)
    for path, node in tree.items():
        here = _present(target + path)
        if here == node:
            continue
        point(f"restic restore: writing {path}")
        if here is not None and here.type != node.type:
            _remove(target + path)
        _write(target + path, node)
    # A folder's time is that of the last file in it, so that it comes last.
    for path, node in reversed(list(tree.items())):
        if node.type == FOLDER:
            os.utime(target + path, ns=(node.mtime, node.mtime))


def _write(path: str, node: Node) -> None:
    if node.type == LINK:
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(node.content, os.fsencode(path))
        os.chown(path, node.uid, node.gid, follow_symlinks=False)
        return
    if node.type == FOLDER:
        os.makedirs(path, exist_ok=True)
    else:
        with open(path, "wb") as stream:
            stream.write(node.content)
    os.chown(path, node.uid, node.gid)
    os.chmod(path, node.mode)
    os.utime(path, ns=(node.mtime, node.mtime))


def _present(path: str) -> Node | None:
    return read(path) if os.path.lexists(path) else None


def _extra(tree: Tree, target: str) -> list[str]:
    """What lies in ``target`` and not in the tree, each with all that is in it as one."""
    found = []
    for root, folders, names in os.walk(target):
        for name in sorted([*folders, *names]):
            path = os.path.join(root, name)[len(target) :]
            if path not in tree:
                found.append(path)
        folders[:] = [name for name in folders if os.path.join(root, name)[len(target) :] in tree]
    return found


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
