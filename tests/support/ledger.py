# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger of long tests: when each folder of them ran last, how many passed, and how long it took.

It is kept in ``tests/ledger.json``, which is committed, and becomes the table in docs/testing.md. A folder that has not
run yet has a row there too.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEDGER = ROOT / "tests" / "ledger.json"
DOCUMENT = ROOT / "docs" / "testing.md"
HEADING = "| folder | passed | minutes | on |\n|---|---|---|---|\n"
# Until a folder has run once, nobody knows.
USUAL_SECONDS = 300.0


@dataclass(frozen=True)
class Entry:
    """One folder's last run: tests that passed, of how many, the seconds it took, and the day."""

    passed: int
    total: int
    seconds: float
    on: str


def read(path: Path = LEDGER) -> dict[str, Entry]:
    """The last run of each folder."""
    if not path.exists():
        return {}
    return {folder: Entry(**entry) for folder, entry in json.loads(path.read_text(encoding="utf-8")).items()}


def note(folder: str, entry: Entry, path: Path = LEDGER) -> None:
    """Keep a folder's run in place of the one before."""
    known = {**read(path), folder: entry}
    text = json.dumps({name: asdict(known[name]) for name in sorted(known)}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def shard(folders: list[str], number: int, of: int, known: dict[str, Entry]) -> list[str]:
    """The folders of one shard: the longest first, each to the shard that has least to do so far."""
    shards: list[list[str]] = [[] for _number in range(of)]
    seconds = [0.0] * of
    for folder in sorted(folders, key=lambda name: (-_seconds(known.get(name)), name)):
        least = seconds.index(min(seconds))
        shards[least].append(folder)
        seconds[least] += _seconds(known.get(folder))
    return shards[number - 1]


def table(folders: list[str], known: dict[str, Entry]) -> str:
    """The table for docs/testing.md."""
    return HEADING + "".join(f"| `{folder}` | {_row(known.get(folder))} |\n" for folder in sorted(folders))


def with_table(text: str, wanted: str) -> str:
    """The document with this table in the place of the one that it has."""
    before, heading, rest = text.partition(HEADING)
    if not heading:
        raise ValueError(f"{DOCUMENT.name} has no table that begins with {HEADING.splitlines()[0]}")
    after = itertools.dropwhile(lambda line: line.startswith("|"), rest.splitlines(keepends=True))
    return before + wanted + "".join(after)


def _seconds(entry: Entry | None) -> float:
    return entry.seconds if entry else USUAL_SECONDS


def _row(entry: Entry | None) -> str:
    if entry is None:
        return "not run yet | |"
    return f"{entry.passed} of {entry.total} | {entry.seconds / 60:.0f} | {entry.on}"
