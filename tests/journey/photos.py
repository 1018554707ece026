# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Photo-like files, always the same ones for the same seed: a small mosaic any viewer shows, and noise behind it.

The noise makes a file as large and as incompressible as a photo. Every fifth file has the picture of the one before it
under another comment, so that there are duplicates to find.
"""

import random
from dataclasses import dataclass

WIDTH, HEIGHT = 16, 12
BLOCK = 8
DUPLICATE_EVERY = 5
DAYS = 4


@dataclass(frozen=True)
class Photo:
    """One file to upload."""

    name: str
    data: bytes


def make(seed: int, number: int, size: int) -> Photo:
    """The photo of that number, counted from 1."""
    duplicate = number % DUPLICATE_EVERY == 0
    source = random.Random(f"{seed}:{number - duplicate}")
    picture = _mosaic(source) + source.randbytes(size)
    comment = f"photosync journey, seed {seed}, photo {number}, taken=2026-01-{1 + number % DAYS:02}"
    return Photo(f"journey-{seed}-{number:05}.jpg", _header(comment) + picture)


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload


def _header(comment: str) -> bytes:
    return b"\xff\xd8" + _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + _segment(0xFE, comment.encode())


def _mosaic(source: random.Random) -> bytes:
    """A baseline JPEG's tables and scan: every block one colour, which takes the simplest tables there can be."""
    components = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    shape = (HEIGHT * BLOCK).to_bytes(2, "big") + (WIDTH * BLOCK).to_bytes(2, "big")
    tables = [
        _segment(0xDB, b"\0" + bytes((BLOCK,)) * 64),
        _segment(0xC0, b"\x08" + shape + b"\x03" + components),
        # Twelve sizes of a change of colour, four bits each; and one code that says "nothing more in this block".
        _segment(0xC4, b"\x00" + bytes((0, 0, 0, 12)) + bytes(12) + bytes(range(12))),
        _segment(0xC4, b"\x10" + bytes((1,)) + bytes(15) + b"\x00"),
        _segment(0xDA, b"\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00"),
    ]
    return b"".join(tables) + _scan(source) + b"\xff\xd9"


def _scan(source: random.Random) -> bytes:
    bits: list[str] = []
    before = [0, 0, 0]
    for _ in range(WIDTH * HEIGHT):
        for component, reach in enumerate((90, 60, 60)):
            value = source.randint(-reach, reach)
            bits.append(_change(value - before[component]) + "0")
            before[component] = value
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    packed = int(text, 2).to_bytes(len(text) // 8, "big")
    return packed.replace(b"\xff", b"\xff\x00")


def _change(difference: int) -> str:
    size = abs(difference).bit_length()
    if not size:
        return "0000"
    amount = difference if difference > 0 else difference + (1 << size) - 1
    return f"{size:04b}{amount:0{size}b}"
