# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuse secrets among the files that git tracks or would take up: keys, password files, vaults left in plain text."""

from __future__ import annotations

import fnmatch
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

NAMES = {
    "*vault-password*": "a vault's password file",
    "*vault_password*": "a vault's password file",
    "*vault-pass*": "a vault's password file",
    "*restic-password*": "a repository's password file",
    "id_rsa*": "an SSH key",
    "id_ecdsa*": "an SSH key",
    "id_ed25519*": "an SSH key",
    "*.key": "a private key",
    "*.p12": "a private key",
    "*.pfx": "a private key",
    ".netrc": "passwords of remote hosts",
    ".pgpass": "passwords of databases",
    ".env": "a stack's environment",
}
VAULT_NAMES = ("vault.yml", "vault.yaml", "*.vault.yml", "*.vault.yaml", "*_vault.yml", "*_vault.yaml")
VAULT_HEADER = b"$ANSIBLE_VAULT;"
# Put together from two halves, or this file would be refused itself.
CONTENTS = {
    re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE" rb" KEY-----"): "a private key",
    re.compile(rb"\bAKIA" rb"[0-9A-Z]{16}\b"): "an AWS access key",
    re.compile(rb"\bgh[pousr]_" rb"[A-Za-z0-9]{36}\b"): "a GitHub token",
}
LONGEST = 2_000_000


def problem(path: pathlib.Path, content: bytes) -> str | None:
    """What is secret about a file, or None."""
    for pattern, what in NAMES.items():
        if fnmatch.fnmatch(path.name, pattern):
            return f"its name says that it is {what}"
    if any(fnmatch.fnmatch(path.name, pattern) for pattern in VAULT_NAMES) and not content.startswith(VAULT_HEADER):
        return "a vault that is not encrypted; run: ansible-vault encrypt " + str(path)
    return next((f"it holds {what}" for pattern, what in CONTENTS.items() if pattern.search(content)), None)


def candidates(root: pathlib.Path) -> Iterator[pathlib.Path]:
    """Files that git tracks, and those it would take up with the next ``git add``."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        stdout=subprocess.PIPE,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (root / name).is_file():
            yield pathlib.Path(name)


def main(root: pathlib.Path = pathlib.Path()) -> int:
    """Name every such file; returns the exit code."""
    found = 0
    for path in candidates(root):
        with (root / path).open("rb") as stream:
            said = problem(path, stream.read(LONGEST))
        if said:
            found += 1
            print(f"{path}: {said}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
