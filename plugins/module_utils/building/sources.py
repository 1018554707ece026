# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the sources on this host hold: for each service that is built, the digest of what its image is made of."""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.building.ignored import Ignored, ignored_in
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run

BLOCK = 1024 * 1024
# An option of the modules that look at sources; documented in doc_fragments/source.py.
SOURCE: dict[str, Any] = {
    "type": "dict",
    "default": {},
    "options": {
        "repo": {"type": "str", "default": ""},
        "version": {"type": "str", "default": ""},
        "path": {"type": "str", "default": ""},
        "dest": {"type": "str", "default": ""},
        "builds": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "service": {"type": "str", "required": True},
                "context": {"type": "str", "required": True},
                "dockerfile": {"type": "str", "required": True},
                "ignore": {"type": "list", "elements": "str", "default": []},
                "own": {"type": "bool", "default": True},
            },
        },
    },
}


def measure(source: Mapping[str, Any]) -> dict[str, Any]:
    """What is there to build from, without fetching or changing anything.

    :param source: as ``SOURCE`` describes it; nothing where nothing is built.
    :returns: ``known``, whether the wanted version is here; ``moves``, whether it may be another one tomorrow, as a
        branch is; ``services``: for each its ``content`` (empty where there is no such folder) and whether it has its
        ``dockerfile``.
    """
    builds = source.get("builds") or []
    if not builds or source["path"]:
        return {"known": True, "moves": False, "services": {one["service"]: _folder(source, one) for one in builds}}
    commit = _commit(source)
    if not commit:
        return {"known": False, "moves": False, "services": {}}
    moves = bool(_said(source["dest"], "rev-parse", "--verify", "--quiet", _branch(source["version"])))
    return {"known": True, "moves": moves, "services": _trees(source["dest"], commit, builds)}


def digest_of_folder(folder: str, ignored: Ignored) -> str:
    """Digest of all files in a folder: their paths, contents, and whether they can be executed; links as such."""
    total = hashlib.sha256()
    for path in _files(folder, "", ignored):
        _add(total, path.encode(errors="surrogateescape"))
        full = os.path.join(folder, path)
        status = os.lstat(full)
        if stat.S_ISLNK(status.st_mode):
            _add(total, b"link", os.readlink(full).encode(errors="surrogateescape"))
        elif stat.S_ISREG(status.st_mode):
            _add(total, b"executable" if status.st_mode & 0o100 else b"file", _digest_of_file(full))
    return total.hexdigest()[:40]


def _folder(source: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    folder = os.path.join(source["path"], one["context"])
    own = os.path.isfile(os.path.join(folder, one["dockerfile"]))
    if not os.path.isdir(folder):
        return {"content": "", "dockerfile": False}
    ignored = ignored_in(folder, one["dockerfile"]) if own and one["own"] else Ignored(one["ignore"])
    return {"content": digest_of_folder(folder, ignored), "dockerfile": own}


def _commit(source: Mapping[str, Any]) -> str:
    """The commit that is wanted, if the clone is one of the wanted repository and has it; empty otherwise."""
    dest, version = source["dest"], source["version"]
    # Ansible notes a folder of the host as an address.
    wanted = (source["repo"], f"file://{source['repo']}")
    noted = _said(dest, "config", "--get", "remote.origin.url") if os.path.isdir(os.path.join(dest, ".git")) else []
    if not set(noted) & set(wanted):
        return ""
    # A bare name is looked for last: it would also find a local branch, which stays behind.
    names = (f"refs/tags/{version}", _branch(version), version)
    found = [_object(line) for line in _objects(dest, [f"{name}^{{commit}}" for name in names])]
    return next((one["commit"] for one in found if "commit" in one), "")


def _branch(version: str) -> str:
    return f"refs/remotes/origin/{version}"


def _trees(dest: str, commit: str, builds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One question to git for everything: the folders' trees, and whether there are Dockerfiles."""
    asked: list[str] = []
    for one in builds:
        context = posixpath.normpath(one["context"])
        context = "" if context == "." else context
        asked += [f"{commit}:{context}", f"{commit}:{posixpath.normpath(posixpath.join(context, one['dockerfile']))}"]
    found = [_object(line) for line in _objects(dest, asked)]
    return {
        one["service"]: {
            "content": found[2 * number].get("tree", ""),
            "dockerfile": "blob" in found[2 * number + 1],
        }
        for number, one in enumerate(builds)
    }


def _object(line: str) -> dict[str, str]:
    """ "<hash> tree 123" as {"tree": "<hash>"}; nothing for what is missing."""
    words = line.split()
    return {words[1]: words[0]} if len(words) == 3 and words[2].isdigit() else {}


def _objects(dest: str, names: Sequence[str]) -> list[str]:
    """One line for each name: hash, kind and size, or that it is missing."""
    return _said(dest, "cat-file", "--batch-check", stdin="\n".join(names) + "\n")


def _said(dest: str, *arguments: str, stdin: Optional[str] = None) -> list[str]:
    """Lines of git's answer; none where it is not installed or knows no answer."""
    try:
        return run(["git", "-C", dest, *arguments], stdin=stdin, timeout=60).stdout.splitlines()
    except CommandFailed:
        return []


def _files(folder: str, below: str, ignored: Ignored) -> Iterator[str]:
    """Paths of all files and links that are part of a build, in an order that is always the same."""
    for entry in sorted(os.scandir(os.path.join(folder, below)), key=lambda found: found.name):
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            if not ignored.wholly(path):
                yield from _files(folder, path, ignored)
        elif not ignored(path):
            yield path


def _digest_of_file(path: str) -> bytes:
    content = hashlib.sha256()
    with open(path, "rb") as stream:
        block: Optional[bytes] = stream.read(BLOCK)
        while block:
            content.update(block)
            block = stream.read(BLOCK)
    return content.digest()


def _add(total: Any, *parts: bytes) -> None:
    for part in parts:
        total.update(f"{len(part)}:".encode() + part)
