# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Headers that a probe reads from a file on its host, so that credentials need to be in no description of a check."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.photosync.vps.plugins.module_utils.health.network import NoAnswer
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import Target, wrong_header


def with_headers_of_file(target: Target) -> Target:
    """The target with the headers of its file, those of its own first; raises NoAnswer when they cannot be had."""
    if not target.headers_file:
        return target
    return replace(target, headers={**_read(target.headers_file), **target.headers})


def _read(path: str) -> dict[str, str]:
    """One ``Name: value`` a line. What is wrong with a line is told without quoting it."""
    try:
        with open(path, encoding="latin-1") as stream:
            lines = stream.read().split("\n")
    except OSError as error:
        raise NoAnswer("headers_file", f"headers_file {path} cannot be read: {error.strerror}") from error
    headers = {}
    for number, line in enumerate(lines, start=1):
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon or wrong_header(name, value.strip()):
            raise NoAnswer("headers_file", f"line {number} of headers_file {path} is not Name: value")
        headers[name] = value.strip()
    return headers
