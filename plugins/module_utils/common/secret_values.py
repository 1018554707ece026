# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The secrets in a release's environment files, to keep them out of what the engine repeats of a container's words."""

from __future__ import annotations

import glob
import os
import re
from urllib.parse import quote, unquote

# Shorter ones are parts of ordinary words, which would no longer be readable.
SHORTEST = 8
_NAME = re.compile(r"(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY)(?:_|$)", re.IGNORECASE)
# As an environment file of a release is written: everything in single quotes, or with escapes in double ones.
_ASSIGNMENT = re.compile(r"^([A-Za-z_][A-Za-z0-9_.-]*)=(?:'([^']*)'|\"((?:[^\"\\]|\\.)*)\")$", re.MULTILINE | re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OF_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether a variable called so holds a secret."""
    return bool(_NAME.search(name))


def of_release(folder: str) -> list[str]:
    """Every secret that the services of a release are given, in each form in which they may repeat it."""
    found: list[str] = []
    for path in sorted(glob.glob(os.path.join(folder, "env", "*.env"))):
        with open(path, encoding="utf-8", errors="replace") as stream:
            found += of_variables(read_variables(stream.read()))
    return sorted({value for value in found if len(value) >= SHORTEST}, key=lambda value: (-len(value), value))


def read_variables(text: str) -> dict[str, str]:
    """Variables of an environment file as a release has them."""
    return {
        name: _ESCAPED.sub(_character, double) if double else single
        for name, single, double in _ASSIGNMENT.findall(text)
    }


def of_variables(variables: dict[str, str]) -> list[str]:
    """What is secret of some variables: the values of those that are called so, and passwords in addresses."""
    found = [value for name, value in variables.items() if is_secret_name(name)]
    for value in variables.values():
        found += [unquote(password) for password in _OF_URL.findall(value)]
    return [form for value in found for form in (value, quote(value), quote(value, safe=""))]


def _character(escape: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r"}.get(escape.group(1), escape.group(1))
