# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Archives that photo-sync's own backup script made: which volume one is of, what is in it, and whether it is of use.

The script archived volumes of another name than the ones in use, which the engine made for it on the spot: many an
archive holds nothing. It archived database directories as files, so that they can only be read by the like of the
server that wrote them.
"""

from __future__ import annotations

import os
import tarfile
from dataclasses import dataclass
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.adoption.plan import data_volumes, volume_of
from ansible_collections.photosync.vps.plugins.module_utils.common.names import readable
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

ENDING = ".tar.gz"
VERSION_FILE = "PG_VERSION"
# The command that the server was started with: official images on Alpine and on Debian keep it in different places.
START_FILE = "postmaster.opts"
SMALL = 4096
# What no archive ever held, and what Immich looks for in it before it starts.
UPLOADS = "immich-data"
UPLOAD_FOLDERS = ("backups", "encoded-video", "library", "profile", "thumbs", "upload")


@dataclass(frozen=True)
class Content:
    """What is in an archive: which folder in it is the volume's, how many files and bytes, and why it is broken, if so.

    Of a database directory also the major version, and the path of the program that wrote it.
    """

    root: str = ""
    files: int = 0
    bytes: int = 0
    major: int = 0
    program: str = ""
    broken: str = ""


def listed(folder: str) -> list[str]:
    """The archives in a folder."""
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(ENDING))


def called(path: str) -> str:
    """How to call an archive to people."""
    return readable(os.path.basename(path))


def volume_for(path: str, spec: Spec) -> str:
    """The volume of the stack that an archive is of, by its name: that of the volume or of its server; "" for none."""
    name = _plain(os.path.basename(path)[: -len(ENDING)])
    known = {name: name for name in data_volumes(spec)}
    known.update((server.service, volume_of(spec, server.service)) for server in spec.databases)
    fitting = [candidate for candidate in known if _plain(candidate) in name]
    return known[max(fitting, key=len)] if fitting else ""


def read(path: str) -> Content:
    """Read an archive to its end."""
    files = size = 0
    texts: dict[str, dict[str, str]] = {VERSION_FILE: {}, START_FILE: {}}
    tops = set()
    try:
        with tarfile.open(path, "r|gz") as archive:
            for member in archive:
                folder, name = os.path.split(member.name)
                tops.add(os.path.normpath(member.name).split("/")[0])
                files += member.isfile()
                size += member.size
                if name in texts and member.isfile() and member.size < SMALL:
                    stream = archive.extractfile(member)
                    texts[name][folder] = stream.read().decode("utf-8", "replace").strip() if stream else ""
    except (OSError, EOFError, tarfile.TarError) as error:
        return Content(broken=str(error))
    # Each database in a directory has a file of its version too, further down.
    root = min(texts[VERSION_FILE], key=len, default="data" if tops == {"data"} else "")
    version, program = texts[VERSION_FILE].get(root, ""), texts[START_FILE].get(root, "").split(" ")[0]
    return Content(root, files, size, int(version) if version.isdigit() else 0, program)


def complaint(path: str, volume: str, content: Content, is_database: bool) -> Optional[str]:
    """Why an archive cannot be imported; None when it can."""
    name = called(path)
    if not volume:
        return f"{name} is of no volume of this stack: move it away, or call it after one"
    if content.broken:
        return f"{name} is broken ({content.broken})"
    if not content.files:
        return f"{name} is empty: it was made of another volume than {volume}; without it the others can be imported"
    if is_database and not content.major:
        return f"{name} holds no database: there is no {VERSION_FILE} in it"
    return None


def reader_complaint(path: str, content: Content, image: str, major: int, program: str) -> Optional[str]:
    """Why an image's server cannot read a database directory in an archive; None when it can."""
    way_out = f"say in adopt_images which image wrote it, such as postgres:{content.major}"
    name = called(path)
    if major != content.major:
        return f"{name} was written by PostgreSQL {content.major}, and {image} is {major or 'none'}; {way_out}"
    if content.program and program != content.program:
        return f"{name} was written by {content.program}, and {image} has {program}, of another kind; {way_out}"
    return None


def unpack(path: str, root: str, target: str) -> None:
    """Unpack an archive into a volume, owners by number."""
    depth = 0 if root in ("", ".") else root.count("/") + 1
    run(
        ["tar", "--extract", "--gzip", "--numeric-owner", "--preserve-permissions", "--strip-components", str(depth)]
        + ["--file", path, "--directory", target, *([root] if depth else [])]
    )


def mark(place: str) -> None:
    """Make an empty volume of uploads one that Immich starts on: its database knows that there was one."""
    for name in UPLOAD_FOLDERS:
        os.makedirs(os.path.join(place, name), exist_ok=True)
        with open(os.path.join(place, name, ".immich"), "a", encoding="utf-8"):
            pass


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
