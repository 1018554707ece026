# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""This collection as a file that ``ansible-galaxy collection install`` takes, installed or checked out."""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import io
import json
import pathlib
import tarfile
from collections.abc import Iterator
from typing import Any

import yaml

COLLECTION = pathlib.Path(__file__).resolve().parents[2]
# What ansible-galaxy never packs, wherever it lies.
SKIPPED = {"CVS", ".bzr", ".hg", ".git", ".svn", "__pycache__", ".tox"}
INFO = (
    "namespace",
    "name",
    "version",
    "authors",
    "readme",
    "tags",
    "description",
    "license",
    "license_file",
    "dependencies",
    "repository",
    "documentation",
    "homepage",
    "issues",
)


def build(root: pathlib.Path = COLLECTION) -> bytes:
    """The tarball: the same files give the same bytes, on any day and any controller.

    Nothing is compressed: zlib's output differs between its versions.
    """
    files, manifest = installed(root) if (root / "MANIFEST.json").exists() else checkout(root)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, "MANIFEST.json", manifest)
        _add(tar, "FILES.json", files)
        for entry in json.loads(files)["files"]:
            if entry["name"] != ".":
                path = root / entry["name"]
                _add(tar, entry["name"], None if entry["ftype"] == "dir" else path.read_bytes(), path)
    return gzip.compress(packed.getvalue(), compresslevel=0, mtime=0)


def installed(root: pathlib.Path) -> tuple[bytes, bytes]:
    """FILES.json and MANIFEST.json as they were installed."""
    return (root / "FILES.json").read_bytes(), (root / "MANIFEST.json").read_bytes()


def checkout(root: pathlib.Path) -> tuple[bytes, bytes]:
    """FILES.json and MANIFEST.json as ``ansible-galaxy collection build`` would make them."""
    galaxy = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))
    ignored = ["MANIFEST.json", "FILES.json", "galaxy.yml", "galaxy.yaml", ".git", "*.pyc", "*.retry"]
    ignored += galaxy.get("build_ignore") or []
    listed = [_entry(".", None), *_entries(root, root, ignored)]
    files = _json({"files": listed, "format": 1})
    info: dict[str, Any] = {key: galaxy.get(key) for key in INFO}
    info.update(license=galaxy.get("license") or [], tags=info["tags"] or [], dependencies=info["dependencies"] or {})
    return files, _json({"collection_info": info, "file_manifest_file": _entry("FILES.json", files), "format": 1})


def _entries(root: pathlib.Path, folder: pathlib.Path, ignored: list[str]) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.iterdir()):
        name = path.relative_to(root).as_posix()
        if path.name in SKIPPED or any(fnmatch.fnmatch(name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield _entry(name, None)
            yield from _entries(root, path, ignored)
        else:
            yield _entry(name, path.read_bytes())


def _entry(name: str, content: bytes | None) -> dict[str, Any]:
    kind = "dir" if content is None else "file"
    digest = None if content is None else hashlib.sha256(content).hexdigest()
    return {
        "name": name,
        "ftype": kind,
        "chksum_type": digest and "sha256",
        "chksum_sha256": digest,
        "format": 1,
    }


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1).encode()


def _add(tar: tarfile.TarFile, name: str, content: bytes | None, path: pathlib.Path | None = None) -> None:
    entry = tarfile.TarInfo(name)
    if content is None:
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(entry)
    else:
        entry.size, entry.mode = len(content), 0o755 if path and path.stat().st_mode & 0o100 else 0o644
        tar.addfile(entry, io.BytesIO(content))
