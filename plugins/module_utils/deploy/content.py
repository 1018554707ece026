# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a release: their digest, what differs on the host, and a diff that shows no secret."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.names import readable

DIGEST_LENGTH = 12
MASK = "********"
SECRET_ENDINGS = (".env", ".headers")
# A hash of a password, which a diff has no need to show: neither the one that goes nor the one that comes.
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
_ASSIGNMENT = re.compile(r"^(\s*[A-Za-z_][A-Za-z0-9_]*=).*$", re.MULTILINE)


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release: ``path`` relative to it, its text, its mode, and whether a diff must show no value."""

    path: str
    content: str
    mode: int
    secret: bool = False


@dataclass(frozen=True)
class Change:
    """What one file was and will be; "" stands for a file that is not there."""

    path: str
    before: str
    after: str
    secret: bool = False


def digest(files: Iterable[ReleaseFile]) -> str:
    """Name of the release with these files: the same files give the same name, on any day and any controller."""
    parts = sorted([file.path, file.mode, file.content] for file in files)
    return hashlib.sha256(json.dumps(parts).encode("utf-8")).hexdigest()[:DIGEST_LENGTH]


def read(path: str) -> str:
    """Text of a file, "" when there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""


def stray(folder: str, files: Iterable[ReleaseFile]) -> list[str]:
    """Relative paths of what lies in ``folder`` and belongs to none of ``files``."""
    wanted = {file.path for file in files}
    found = []
    for parent, _folders, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(parent, name), folder) for name in names]
    return sorted(name for name in found if name not in wanted)


def differing(folder: str, files: Sequence[ReleaseFile]) -> list[ReleaseFile]:
    """The files that ``folder`` lacks, or holds with another content or mode."""
    return [file for file in files if not _same(os.path.join(folder, file.path), file)]


def changes(folder: str, files: Sequence[ReleaseFile]) -> list[Change]:
    """What turns ``folder`` into these files, for a diff."""
    found = [_change(folder, file) for file in files]
    found += [Change(name, read(os.path.join(folder, name)), "", _is_secret(name)) for name in stray(folder, files)]
    return [change for change in found if change.before != change.after]


def _change(folder: str, file: ReleaseFile) -> Change:
    path = os.path.join(folder, file.path)
    now, mode = read(path), mode_of(path)
    if now == file.content and mode is not None:
        return Change(file.path, f"mode: {mode:04o}\n", f"mode: {file.mode:04o}\n")
    return Change(file.path, now, file.content, file.secret)


def diff(found: Iterable[Change], secrets: Sequence[str]) -> list[dict[str, str]]:
    """Changes in Ansible's diff form, every secret replaced.

    ``secrets`` are values masked wherever they stand; a secret file shows the names of its settings only, with a
    mark behind those whose value changes.
    """
    return [
        {
            "before_header": readable(change.path),
            "after_header": readable(change.path),
            "before": _shown(change.before, "", change.secret, secrets),
            "after": _shown(change.after, change.before, change.secret, secrets),
        }
        for change in found
    ]


def _shown(text: str, earlier: str, secret: bool, secrets: Sequence[str]) -> str:
    if secret:
        known = set(earlier.splitlines())
        return "\n".join(_masked_line(line, bool(earlier) and line not in known) for line in text.splitlines()) + (
            "\n" if text else ""
        )
    for value in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(value, MASK)
    return _BCRYPT.sub(MASK, text)


def _masked_line(line: str, changed: bool) -> str:
    masked, found = _ASSIGNMENT.subn(r"\g<1>" + MASK + (" (changed)" if changed else ""), line)
    return masked if found else MASK


def mode_of(path: str) -> Optional[int]:
    """Permission bits of a file or folder, None when it is not there."""
    try:
        return os.stat(path).st_mode & 0o7777
    except OSError:
        return None


def _same(path: str, file: ReleaseFile) -> bool:
    return mode_of(path) == file.mode and read(path) == file.content


def _is_secret(name: str) -> bool:
    return name.endswith(SECRET_ENDINGS)
