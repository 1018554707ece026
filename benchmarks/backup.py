# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Backup of 1 GB of photos and of databases, beside bare restic and beside stopping everything for an archive."""

from __future__ import annotations

import statistics

import album
from album import BARE, FOLDER, OURS, Album
from host import DOMAIN, STACK, Host
from measure import Finding, Row, in_turns, shown

BOUND, TIMES_FASTER, SECOND_BOUND, SECOND_SPARE = 1.3, 2.5, 1.3, 2.0
REPETITIONS = 3
ARCHIVE = f"{FOLDER}/today.tar.gz"
METHOD = f"""\
Timed on the host, which serves meanwhile: {album.FILES} files with {album.BYTES / 1e9:g} GB that does not compress, and
all databases, one of them with {album.ROWS} rows. Ours: `{STACK} backup` into an empty repository. First rival:
restic's own `backup` of the same volumes and, with `--stdin-from-command`, of the same servers' `pg_dump`; nothing is
counted, verified, bound together or pruned. Second rival, today's way: `docker compose stop`, `tar czf` of the same
volumes and those of the databases, `docker compose start`. Without an answer: the site was asked every 0.1 s. After
1 %: so many of files and rows are others before each turn. Nothing is so old that it would be removed."""
# Asks until it is ended, then says for how many seconds nobody answered.
ASK = f"""
import http.client, signal, socket, ssl, sys, time
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
class Site(http.client.HTTPSConnection):
    def connect(self):
        plain = socket.create_connection(("127.0.0.1", 443), 2)
        self.sock = context.wrap_socket(plain, server_hostname="{DOMAIN}")
silent, before, over = 0.0, time.monotonic(), []
signal.signal(signal.SIGTERM, lambda *_: over.append(1))
while not over:
    try:
        connection = Site("{DOMAIN}")
        connection.request("GET", "/")
        well = connection.getresponse().status < 500
    except OSError:
        well = False
    time.sleep(0.1)
    now = time.monotonic()
    silent += 0.0 if well else now - before
    before = now
print(f"{{silent:.1f}}", flush=True)
"""


def measure(host: Host, repetitions: int) -> Finding:
    """Back up again and again, all ways in turns."""
    with album.laid(host) as laid:
        host.write(f"{FOLDER}/ask.py", ASK)
        laid.keep_in(OURS, retention={})
        subjects = {"ours": lambda: _ours(laid), "bare restic": lambda: _bare(laid), "today": lambda: _today(laid)}
        found = in_turns(subjects, repetitions)
        silent = {"ours": _silent(host, f"{STACK} backup"), "today": _silent(host, _archive(laid))}
        stored = {name: laid.weight(place) for name, place in (("ours", OURS), ("bare", BARE), ("today", ARCHIVE))}
        again = _after_changes(laid, repetitions)
    return Finding([*_first(found, silent), _second(again), _stored(stored)], METHOD, repetitions)


def _first(found: dict[str, float], silent: dict[str, float]) -> list[Row]:
    ours, bare, today = (found[name] for name in ("ours", "bare restic", "today"))
    return [
        Row(
            what="Full backup, 1 GB of photos and databases",
            ours=shown(ours),
            rival=f"{shown(bare)}: bare restic",
            comparison=f"{ours / bare:.2f}",
            bound=f"at most {BOUND:g} times",
            holds=ours <= BOUND * bare,
        ),
        Row(
            what="The same, beside today's way",
            ours=shown(ours),
            rival=f"{shown(today)}: stop, `tar czf`, start",
            comparison=f"1/{today / ours:.1f}",
            bound=f"at most 1/{TIMES_FASTER:g}",
            holds=today >= TIMES_FASTER * ours,
        ),
        Row(
            what="Without an answer during it",
            ours=shown(silent["ours"]),
            rival=f"{shown(silent['today'])}: stop, `tar czf`, start",
            comparison="",
            bound="0",
            holds=silent["ours"] == 0,
        ),
    ]


def _second(found: dict[str, float]) -> Row:
    ours, bare = found["ours"], found["bare restic"]
    return Row(
        what="Backup after 1 % has changed",
        ours=shown(ours),
        rival=f"{shown(bare)}: bare restic",
        comparison=f"{ours / bare:.2f}",
        bound=f"at most {SECOND_BOUND:g} times + {SECOND_SPARE:g} s",
        holds=ours <= SECOND_BOUND * bare + SECOND_SPARE,
    )


def _stored(stored: dict[str, int]) -> Row:
    sizes = {name: f"{count / 1e6:.0f} MB" for name, count in stored.items()}
    return Row(
        what="Stored for the first backup",
        ours=sizes["ours"],
        rival=f"{sizes['bare']}: bare restic; {sizes['today']}: `tar czf`",
        comparison=f"{stored['ours'] / stored['bare']:.2f}",
        bound="",
        holds=True,
    )


def _ours(laid: Album) -> float:
    laid.empty(OURS)
    laid.settle()
    return laid.host.seconds(f"{STACK} backup")


def _bare(laid: Album) -> float:
    laid.bare_empty()
    laid.settle()
    return laid.host.seconds(laid.bare_backup())


def _today(laid: Album) -> float:
    laid.host.run(f"rm -f {ARCHIVE}")
    laid.settle()
    seconds = laid.host.seconds(_archive(laid))
    laid.host.run(f"{STACK} up")
    return seconds


def _archive(laid: Album) -> str:
    return (
        f"cd /opt/{STACK}/current && docker compose stop"
        f" && tar czf {ARCHIVE} {' '.join(laid.everything)} && docker compose start"
    )


def _silent(host: Host, command: str) -> float:
    """For how many seconds the site did not answer while a command ran."""
    script = f"python3 {FOLDER}/ask.py >{FOLDER}/silent & asking=$!; {{ {command}; }} >/dev/null 2>&1"
    host.run(f"{script}; {STACK} up >/dev/null 2>&1; kill $asking; wait $asking")
    return float(host.run(f"cat {FOLDER}/silent"))


def _after_changes(laid: Album, repetitions: int) -> dict[str, float]:
    """Medians of further backups, each after the same change for both."""
    ways = {"ours": f"{STACK} backup", "bare restic": laid.bare_backup()}
    found: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repetitions):
        laid.change(turn)
        for name in ways if turn % 2 == 0 else reversed(list(ways)):
            laid.settle()
            found[name].append(laid.host.seconds(ways[name]))
            print(f"  after a change {turn + 1}/{repetitions}  {name}: {shown(found[name][-1])}", flush=True)
    return {name: statistics.median(values) for name, values in found.items()}
