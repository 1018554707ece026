# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Pack the engine into the host command: one executable file that needs nothing but Python."""

from __future__ import annotations

import io
import json
import pathlib
import re
import zipfile
from collections.abc import Iterator

COLLECTION = pathlib.Path(__file__).resolve().parents[2]
ENGINE = pathlib.PurePosixPath("ansible_collections/photosync/vps/plugins/module_utils")
SHEBANG = b"#!/usr/bin/python3 -I\n"
# The earliest time that a zip file knows: with the real ones, every checkout would make another file.
EPOCH = (1980, 1, 1, 0, 0, 0)
# What is imported late comes from the file that was started, though another one may bear its name by then.
MAIN = """\
import os
import sys

sys.path[0] = "/proc/self/fd/%d" % os.open(sys.path[0], os.O_RDONLY)

from {package}.cli.main import main

sys.exit(main({stack!r}, {version!r}))
"""


def collection_version(root: pathlib.Path = COLLECTION) -> str:
    """Version of this collection, whether installed (MANIFEST.json) or a checkout (galaxy.yml)."""
    manifest = root / "MANIFEST.json"
    if manifest.exists():
        return json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]
    found = re.search(r"^version:\s*(\S+)", (root / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise ValueError(f"no version in {root / 'galaxy.yml'}")
    return found[1].strip("'\"")


def pack(stack: str, root: pathlib.Path = COLLECTION) -> bytes:
    """The host command of ``stack``: the same engine gives the same bytes, on any day and any controller.

    Nothing is compressed: zlib's output differs between its versions, and the file would differ between controllers.
    """
    engine = root / "plugins" / "module_utils"
    main = MAIN.format(package=str(ENGINE).replace("/", "."), stack=stack, version=collection_version(root))
    packed = io.BytesIO(SHEBANG)
    packed.seek(0, io.SEEK_END)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_STORED) as archive:
        _add(archive, "__main__.py", main.encode())
        for package in reversed(ENGINE.parents[:-1]):
            _add(archive, f"{package}/__init__.py", b"")
        _add(archive, f"{ENGINE}/__init__.py", b"")
        for source in _sources(engine):
            _add(archive, f"{ENGINE}/{source.relative_to(engine).as_posix()}", source.read_bytes())
    return packed.getvalue()


def _sources(engine: pathlib.Path) -> Iterator[pathlib.Path]:
    return (path for path in sorted(engine.rglob("*.py")) if path != engine / "__init__.py")


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system = 3
    entry.external_attr = 0o100644 << 16
    archive.writestr(entry, content)
