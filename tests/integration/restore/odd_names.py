# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs on the throwaway host: makes a folder with files, folders and links whose names try whoever handles them."""

from __future__ import annotations

import os
import sys

# No UTF-8: Latin-1, too long once each byte is replaced, cut off, too large, surrogates, overlong.
NO_UTF8 = [b"bad\xffname.jpg", b"\xe9" * 200, b"\xff" * 255, b"\xc3", b"\xe2\x82", b"\xe2\x82\xff", b"\xf0\x9f\x98"]
NO_UTF8 += [b"\xf4\x90\x80\x80", b"\xed\xa0\x80", b"\xc0\xaf", b"\xff\n\xff\n"]
# Which JSON shows alike, one of them with the very character that it shows.
ALIKE = [b"alike\xfd", b"alike\xfe", b"alike\xff", "alike\N{REPLACEMENT CHARACTER}".encode()]
# Every other byte there is, and what means something to shells, JSON, Unicode or whoever prints it.
LEGAL = [bytes(range(1, 47)), bytes(range(48, 128)), b"new\nline", b"end\n", b"end\n\n", b"cr\r"]
LEGAL += [b"tab\t", b" lead", b"trail ", b" ", b"back\\slash", b"\\xff", b"\\n", b"\\ufffd", b"q\"uo'te", b"*?[a-z]"]
LEGAL += [b"-rf", b"$(touch x)`y`", b"%s", b"a:b", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xf0\x9f\x98\x80"]
FOLDERS = [
    b"fold\xff/in\xfe",
    b"fold\xfe",
    b"end\n",
    b"\xfd" * 220 + b"/" + b"\xfb" * 220,
    b" / \n",
    b"x\n/odd/folders",
]
LINKS = {b"link": b"../tar\xfeget\n", b"link\xfe": b"\xe9" * 250, b"link\xff": b"x\xff", b"link\n": b"plain"}
EMPTY = b"empty\xff"


def make(folder: bytes) -> None:
    """Every name once as a file; folders with files and links in them; all of one time."""
    os.makedirs(folder)
    for number, name in enumerate([*NO_UTF8, *ALIKE, *LEGAL]):
        _file(os.path.join(folder, name), b"%03d" % number)
    for name in FOLDERS:
        place = os.path.join(folder, b"folders", name)
        os.makedirs(place)
        for below in (b"plain", b"x\xff", b"x\xfe"):
            _file(os.path.join(place, below), name)
        for link, target in LINKS.items():
            os.symlink(target, os.path.join(place, link))
        os.chmod(place, 0o750)
    os.mkdir(os.path.join(folder, EMPTY), 0o700)


def _file(path: bytes, content: bytes) -> None:
    with open(path, "wb") as stream:
        stream.write(content)
    os.utime(path, (10**9, 10**9))


if __name__ == "__main__":
    make(os.fsencode(sys.argv[1]))
