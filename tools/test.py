# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that CI runs, from nothing: first what can tell soon that something is wrong, then what needs machines.

The first job of those that fails ends it; of what needs machines everything is run. Each folder of tests is a job, so
that its machines go when it ends. What every job said is in .cache/test. `make test` calls it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from support import jobs

MAKE = ["make", "--no-print-directory"]
PYTEST = [sys.executable, "-m", "pytest", "-m", "not full", "--durations=15", "--durations-min=3"]
VPS = [sys.executable, "tests/host/vps.py"]
# The longest first, so that no long one is left when the others have ended.
QUICK = ["sanity", "depot", "unit", "lint", "docs", "package"]
LONG = ["tests/integration/restore", "tests/integration/releases", "tests/integration/images"]
CORES = os.cpu_count() or 1


def machines() -> list[jobs.Job]:
    """What needs machines: Molecule, the demo, and every folder of tests that has any for us."""
    folders = jobs.folders("not full", ["tests/host", "tests/integration"])
    folders.sort(key=lambda name: (LONG.index(name) if name in LONG else len(LONG), name))
    demo = jobs.Job("demo", [*MAKE, "demo", "demo-restore", "demo-down"])
    return [jobs.Job("molecule", [*MAKE, "molecule"]), demo, *(jobs.Job(one, [*PYTEST, one]) for one in folders)]


def hosts() -> set[str]:
    """The names of this checkout's throwaway machines."""
    listed = subprocess.run([*VPS, "list"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return {line.split()[0] for line in listed.splitlines()}


def main() -> None:
    """Run it all; fails where a job did."""
    # The jobs are run as a person would run them.
    os.environ.pop("PYTHONPATH", None)
    # Also where nobody sits at a keyboard, and whoever started this lets interrupts pass.
    for interrupt in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interrupt, signal.default_int_handler)
    shop = jobs.Shop()
    shop.work([jobs.Job(name, [*MAKE, name]) for name in QUICK], CORES, to_the_end=False)
    if not shop.failed:
        before = hosts()
        try:
            # One more than cores, since each waits now and then.
            shop.work(machines(), CORES + 1, to_the_end=True)
        finally:
            left = sorted(hosts() - before)
            if left:
                subprocess.run([*VPS, "down", *left], check=True)
    if shop.failed:
        sys.exit(f"=== FAILED: {', '.join(shop.failed)}")
    print(f"=== everything passed in {shop.seconds()} s")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("=== broken off")
