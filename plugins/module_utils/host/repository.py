# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An apt repository and the key that signs it."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.photosync.vps.plugins.module_utils.host.openpgp import UnreadableKey, fingerprints, normal

SOURCES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d/*.list", "/etc/apt/sources.list.d/*.sources")


@dataclass(frozen=True)
class Repository:
    """Where packages come from, and which key must have signed them."""

    url: str
    suite: str
    component: str
    architecture: str
    fingerprint: str
    # The names that Docker's own instructions use: two entries with different keys would break apt.
    key_path: str = "/etc/apt/keyrings/docker.asc"
    source_path: str = "/etc/apt/sources.list.d/docker.sources"

    def source_text(self, key_path: str = "") -> str:
        """Return the repository's entry in apt's deb822 form; ``key_path`` stands in for where the key will be."""
        return (
            "Types: deb\n"
            f"URIs: {self.url}\n"
            f"Suites: {self.suite}\n"
            f"Components: {self.component}\n"
            f"Architectures: {self.architecture}\n"
            f"Signed-By: {key_path or self.key_path}\n"
        )

    def key_fault(self, data: bytes) -> str:
        """Say why ``data`` is not the key that is trusted; nothing when it is."""
        try:
            found = fingerprints(data)
        except UnreadableKey as error:
            return str(error)
        if found == [normal(self.fingerprint)]:
            return ""
        return "its fingerprint is {0}, not {1}".format(", ".join(found) or "missing", normal(self.fingerprint))


def other_entries(repository: Repository, files: Mapping[str, str]) -> list[str]:
    """Return the files of apt that name the same repository already, other than the one that is ours."""
    return [
        path
        for path, text in sorted(files.items())
        if path != repository.source_path and any(_names(line, repository.url) for line in text.splitlines())
    ]


def unavailable(packages: Sequence[str], versions: Mapping[str, Sequence[str]]) -> list[str]:
    """Return those of ``packages``, in apt's notation (``name`` or ``name=version*``), that no version satisfies."""
    return [text for text in packages if not any(_satisfies(text, one) for one in versions.get(_name(text), ()))]


def parse_madison(text: str) -> Mapping[str, list[str]]:
    """Return the versions of each package, the newest first, from what ``apt-cache madison`` prints."""
    versions: dict[str, list[str]] = {}
    for line in text.splitlines():
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 3:
            versions.setdefault(fields[0], []).append(fields[1])
    return versions


def read_sources() -> Mapping[str, str]:
    """Return the text of every file in which apt looks for repositories."""
    return {path: read_bytes(path).decode("utf-8", "replace") for pattern in SOURCES for path in glob.glob(pattern)}


def read_bytes(path: str) -> bytes:
    """Return a file's content; nothing where there is no such file."""
    if not os.path.exists(path):
        return b""
    with open(path, "rb") as stream:
        return stream.read()


def _name(package: str) -> str:
    return package.partition("=")[0]


def _satisfies(package: str, version: str) -> bool:
    return fnmatch.fnmatchcase(version, package.partition("=")[2] or "*")


def _names(line: str, url: str) -> bool:
    words = [word.rstrip("/") for word in line.split()]
    return bool(words) and words[0] in ("deb", "URIs:") and url.rstrip("/") in words
