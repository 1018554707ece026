# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a client sends when it uploads: a form as Immich's clients do, or the bytes alone."""

import re
from pathlib import PurePosixPath

from fixture.web import Refused, Request

FIELD = "assetData"


def photo_of(request: Request) -> tuple[str, bytes]:
    """The file's name and content."""
    kind = request.headers.get("Content-Type", "")
    if kind.startswith("multipart/form-data"):
        name, data = _from_form(kind, request.body)
    else:
        name, data = request.headers.get("X-File-Name", ""), request.body
    if not data:
        raise Refused(400, f"no photo: send a form with the file field {FIELD}, or the bytes as the body")
    return PurePosixPath(name).name or "photo.jpg", data


def _from_form(kind: str, body: bytes) -> tuple[str, bytes]:
    boundary = re.search(r'boundary="?([^";]+)', kind)
    if not boundary:
        raise Refused(400, "a form without its boundary")
    for part in body.split(b"--" + boundary.group(1).encode()):
        head, found, data = part.partition(b"\r\n\r\n")
        if found and f'name="{FIELD}"'.encode() in head:
            name = re.search(rb'filename="([^"]*)"', head)
            return (name.group(1).decode("utf-8", "replace") if name else ""), data.removesuffix(b"\r\n")
    return "", b""
