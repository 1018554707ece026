# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""This collection as a file that ``ansible-galaxy collection install`` takes, installed or checked out."""

from __future__ import annotations

import fnmatch
import hashlib
import io
import json
import pathlib
import struct
import tarfile
import zlib
from collections.abc import Iterator
from typing import Any

import yaml

COLLECTION = pathlib.Path(__file__).resolve().parents[2]
# What ansible-galaxy never packs, wherever it lies.
SKIPPED = {"CVS", ".bzr", ".hg", ".git", ".svn", "__pycache__", ".tox"}
# Deflate, no flags, no time, no word on how well or on which system it was packed.
GZIP_HEADER = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
# The most that a block holds that is not compressed.
BLOCK = 0xFFFF
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
    """The tarball: the same files give the same bytes, on any day, any controller and any Python."""
    names, info = installed(root) if (root / "MANIFEST.json").exists() else checkout(root)
    files = _json({"files": [_entry(root, name) for name in [".", *sorted(names)]], "format": 1})
    listed = _described("FILES.json", files)
    manifest = _json({"collection_info": info, "file_manifest_file": listed, "format": 1})
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, "MANIFEST.json", manifest)
        _add(tar, "FILES.json", files)
        for name in sorted(names):
            path = root / name
            _add(tar, name, None if path.is_dir() else path.read_bytes(), path)
    return stored(packed.getvalue())


def stored(content: bytes) -> bytes:
    """A gzip file (RFC 1952) of ``content``, in blocks that are not compressed (RFC 1951, 3.2.4).

    Written here: zlib's output differs between its versions, and the header of Python's gzip between Pythons.
    """
    blocks = [content[at : at + BLOCK] for at in range(0, len(content), BLOCK)] or [b""]
    last = len(blocks) - 1
    framed = (
        struct.pack("<BHH", number == last, len(block), len(block) ^ 0xFFFF) + block
        for number, block in enumerate(blocks)
    )
    return GZIP_HEADER + b"".join(framed) + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)


def installed(root: pathlib.Path) -> tuple[list[str], dict[str, Any]]:
    """What an installed collection consists of, and what it says of itself, whoever packed it and in which order."""
    listed = json.loads((root / "FILES.json").read_text(encoding="utf-8"))["files"]
    info = json.loads((root / "MANIFEST.json").read_text(encoding="utf-8"))["collection_info"]
    return [entry["name"] for entry in listed if entry["name"] != "."], {key: info.get(key) for key in INFO}


def checkout(root: pathlib.Path) -> tuple[list[str], dict[str, Any]]:
    """The same of a checkout, as ``ansible-galaxy collection build`` would take it."""
    galaxy = yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))
    ignored = ["MANIFEST.json", "FILES.json", "galaxy.yml", "galaxy.yaml", ".git", "*.pyc", "*.retry"]
    ignored += galaxy.get("build_ignore") or []
    info: dict[str, Any] = {key: galaxy.get(key) for key in INFO}
    info.update(license=galaxy.get("license") or [], tags=info["tags"] or [], dependencies=info["dependencies"] or {})
    return list(_names(root, root, ignored)), info


def _names(root: pathlib.Path, folder: pathlib.Path, ignored: list[str]) -> Iterator[str]:
    for path in folder.iterdir():
        name = path.relative_to(root).as_posix()
        if path.name in SKIPPED or any(fnmatch.fnmatch(name, pattern) for pattern in ignored):
            continue
        yield name
        if path.is_dir():
            yield from _names(root, path, ignored)


def _entry(root: pathlib.Path, name: str) -> dict[str, Any]:
    path = root / name
    return _described(name, None if path.is_dir() else path.read_bytes())


def _described(name: str, content: bytes | None) -> dict[str, Any]:
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
