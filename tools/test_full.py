# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run what `make test` has no time for, a folder after the other, and note each in the ledger as it ends.

A shard is a share of the folders that takes about as long as any other: 2/4 is the second of four. What is broken off
keeps what had ended; with --stale it goes on with folders that were not run for so long. `make test-full` calls it.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
import time
from xml.etree import ElementTree

from support import jobs, ledger

PYTEST = [sys.executable, "-m", "pytest", "-m", "full"]
RESULT = ledger.ROOT / ".cache" / "test-full.xml"
PLACES = ["tests/host", "tests/integration"]


def run(folder: str) -> ledger.Entry:
    """Run the long tests of one folder."""
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.unlink(missing_ok=True)
    begun = time.monotonic()
    subprocess.run([*PYTEST, f"--junitxml={RESULT}", folder], cwd=ledger.ROOT, check=False)
    seconds = time.monotonic() - begun
    suite = ElementTree.parse(RESULT).getroot().find("testsuite") if RESULT.exists() else None
    told = {} if suite is None else suite.attrib
    total = int(told.get("tests", 0))
    passed = total - sum(int(told.get(kind, 0)) for kind in ("failures", "errors", "skipped"))
    return ledger.Entry(max(passed, 0), total, round(seconds, 1), datetime.date.today().isoformat())


def is_stale(entry: ledger.Entry | None, days: int) -> bool:
    """Whether a folder failed last, or was not run for so many days."""
    if entry is None or entry.passed < entry.total or not entry.total:
        return True
    return datetime.date.today() - datetime.date.fromisoformat(entry.on) >= datetime.timedelta(days=days)


def main() -> None:
    """Do what the command line asks; fails where a test did."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--shard", default="1/1", help="which share of how many, such as 2/4")
    arguments.add_argument("--stale", type=int, default=0, metavar="DAYS", help="only what was not run for so long")
    arguments.add_argument("folders", nargs="*", help="these folders alone")
    asked = arguments.parse_args()
    number, _slash, of = asked.shard.partition("/")
    if not (number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of)):
        arguments.error(f"--shard {asked.shard}: write it as 2/4, the second of four")
    every, known, failed = jobs.folders("full", PLACES), ledger.read(), []
    named = [folder.rstrip("/") for folder in asked.folders]
    unknown = [folder for folder in named if folder not in every]
    if unknown:
        arguments.error(f"{', '.join(unknown)}: no folder with long tests; there are {', '.join(every)}")
    wanted = named or ledger.shard(every, int(number), int(of), known)
    wanted = [folder for folder in wanted if not asked.stale or is_stale(known.get(folder), asked.stale)]
    for place, folder in enumerate(wanted, 1):
        print(f"=== [{place}/{len(wanted)}] {folder}", flush=True)
        entry = run(folder)
        ledger.note(folder, entry)
        text = ledger.DOCUMENT.read_text(encoding="utf-8")
        ledger.DOCUMENT.write_text(ledger.with_table(text, ledger.table(every, ledger.read())), encoding="utf-8")
        print(f"=== {folder}: {entry.passed} of {entry.total} passed in {entry.seconds:.0f} s", flush=True)
        failed += [folder] if entry.passed < entry.total or not entry.total else []
    if failed:
        sys.exit(f"=== FAILED: {', '.join(failed)}")
    print(f"=== all of {len(wanted)} folders passed")


if __name__ == "__main__":
    main()
