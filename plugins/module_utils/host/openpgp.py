# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fingerprints of OpenPGP public keys, so that a key can be checked on a host that has no GnuPG."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator

ARMOUR = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
ARMOUR_END = b"-----END PGP PUBLIC KEY BLOCK-----"
PUBLIC_KEY = 6


class UnreadableKey(Exception):
    """The data is no OpenPGP public key that can be read."""


def fingerprints(data: bytes) -> list[str]:
    """Return the fingerprint of every primary key in ``data``, armoured or binary; subkeys belong to theirs."""
    return [_fingerprint(body) for tag, body in _packets(_binary(data)) if tag == PUBLIC_KEY]


def normal(fingerprint: str) -> str:
    """Return a fingerprint without the spaces that people read it with."""
    return "".join(fingerprint.split()).upper()


def _fingerprint(body: bytes) -> str:
    if not body or body[0] != 4:
        raise UnreadableKey("it holds a key of another version than 4")
    # RFC 4880 fixes SHA-1 for this; it names the key here, apt verifies the signatures.
    return hashlib.sha1(b"\x99" + len(body).to_bytes(2, "big") + body, usedforsecurity=False).hexdigest().upper()


def _binary(data: bytes) -> bytes:
    if ARMOUR not in data:
        return data
    block = data.split(ARMOUR, 1)[1].split(ARMOUR_END, 1)[0]
    lines = [line.strip() for line in block.splitlines()]
    # Headers end at the first empty line, the checksum is the line that starts with an equals sign.
    body = lines[lines.index(b"", 1) + 1 :] if b"" in lines[1:] else lines
    try:
        return base64.b64decode(b"".join(line for line in body if not line.startswith(b"=")), validate=True)
    except binascii.Error as error:
        raise UnreadableKey(f"its armour is damaged: {error}") from error


def _packets(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        first = data[position]
        if not first & 0x80:
            raise UnreadableKey("it is not an OpenPGP key")
        new_format = bool(first & 0x40)
        tag = first & 0x3F if new_format else (first & 0x3C) >> 2
        start, length = (_new_length if new_format else _old_length)(data, position)
        if start + length > len(data):
            raise UnreadableKey("it is cut off")
        yield tag, data[start : start + length]
        position = start + length


def _old_length(data: bytes, position: int) -> tuple[int, int]:
    """Return where a packet's body starts, and its length, for a header in the old format."""
    size = 1 << (data[position] & 3)
    if size == 8:
        raise UnreadableKey("it has a packet of unknown length")
    start = position + 1 + size
    return start, int.from_bytes(data[position + 1 : start], "big")


def _new_length(data: bytes, position: int) -> tuple[int, int]:
    """Return where a packet's body starts, and its length, for a header in the new format."""
    octets = data[position + 1 : position + 6]
    if not octets or 224 <= octets[0] < 255:
        raise UnreadableKey("it has a packet of unknown length")
    if octets[0] < 192:
        return position + 2, octets[0]
    if octets[0] < 224:
        return position + 3, ((octets[0] - 192) << 8) + int.from_bytes(octets[1:2], "big") + 192
    return position + 6, int.from_bytes(octets[1:5], "big")
