# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How backup and restore grow with the number of files and of points; takes long, so only when it is asked for."""

from __future__ import annotations

import json

import album
from album import FOLDER, OURS, PHOTOS, Album
from host import STACK, Host
from measure import Finding, Row, shown

REPETITIONS = 1
FILES = (1_000, 10_000, 100_000)
FILE_BYTES = 4_000
POINTS = (10, 200)
METHOD = f"""\
Timed on the host, the databases nearly empty. Files of {FILE_BYTES / 1000:g} kB, backed up into an empty repository, by
`{STACK} backup` and by restic's own `backup` of the same volumes and databases; then the phases files and prove of
`{STACK} restore latest`. Points: those beyond the first are as many snapshots with the same tags under other IDs, laid
by restic; then `{STACK} points`, and one more `{STACK} backup`."""
# As many snapshots again, under IDs that are one minute older each time, some at once.
MULTIPLY = """
import concurrent.futures, datetime, json, os, subprocess, sys
repository, password, stack, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
os.environ.update(RESTIC_REPOSITORY=repository, RESTIC_PASSWORD_FILE=password)
def restic(*words, text=None):
    return subprocess.run(["restic", *words], input=text, check=True, capture_output=True, text=True).stdout
snapshots = json.loads(restic("snapshots", "--json", "--tag", "stack=" + stack))
point = [tag for found in snapshots for tag in found["tags"] if tag.startswith("point=")][-1]
first = [found for found in snapshots if point in found["tags"]]
now = datetime.datetime.strptime(point[6:22], "%Y%m%dT%H%M%SZ")
def copy(number):
    made = f"point={now - datetime.timedelta(minutes=number):%Y%m%dT%H%M%SZ}-c0de"
    for snapshot in first:
        tags = [word for tag in snapshot["tags"] for word in ("--tag", made if tag == point else tag)]
        words = ["--host", snapshot["hostname"], "--stdin", "--stdin-filename", "x", *tags]
        restic("backup", *words, text=snapshot["id"])
there = len({tag for found in snapshots for tag in found["tags"] if tag.startswith("point=")})
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    list(pool.map(copy, range(there, count)))
"""


def measure(host: Host, repetitions: int) -> Finding:
    """Once for each number of files, then once for each number of points."""
    with album.laid(host, FILES[0], FILE_BYTES) as laid:
        album.sql(host, "TRUNCATE bench;")
        laid.keep_in(OURS)
        rows = [row for count in FILES for row in _files(laid, count)]
        rows += [row for count in POINTS for row in _points(laid, count)]
    return Finding(rows, METHOD, repetitions)


def _files(laid: Album, count: int) -> list[Row]:
    laid.host.run(f"rm -rf {PHOTOS}")
    album.lay(laid.host, count, FILE_BYTES)
    laid.empty(OURS)
    laid.bare_empty()
    laid.settle()
    ours = laid.host.seconds(f"{STACK} backup")
    laid.settle()
    bare = laid.host.seconds(laid.bare_backup())
    confirm = f"--confirm {STACK}@{laid.settings['host']}"
    done = json.loads(laid.host.run(f"{STACK} restore latest --safety none {confirm} --json 2>/dev/null"))
    seconds = done["seconds"]
    return [
        _row(f"Backup of {count:,} files", ours, f"{shown(bare)}: bare restic", f"{ours / bare:.2f}"),
        _row(f"Restore of {count:,} files", seconds["files"], f"{shown(seconds['prove'])} more to prove them", ""),
    ]


def _points(laid: Album, count: int) -> list[Row]:
    laid.host.write(f"{FOLDER}/multiply.py", MULTIPLY)
    password = laid.settings["password_file"]
    laid.keep_in(OURS, retention={})
    laid.host.run(f"python3 {FOLDER}/multiply.py {OURS} {password} {STACK} {count}")
    listing = laid.host.seconds(f"{STACK} points")
    backup = laid.host.seconds(f"{STACK} backup")
    return [_row(f"`{STACK} points` of {count} points", listing, f"{shown(backup)}: one more `{STACK} backup`", "")]


def _row(what: str, ours: float, rival: str, comparison: str) -> Row:
    return Row(what=what, ours=shown(ours), rival=rival, comparison=comparison, bound="", holds=True)
