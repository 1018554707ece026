# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the unit tests reach enough lines and branches of every file of backup and restore; `make coverage` asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("backup", "restore", "steps", "databases")
WANTED = 90.0


def main() -> None:
    """Run the tests of these packages and of the fakes; fails where one does, or where a file is reached too little."""
    tests = [f"tests/unit/{name}" for name in (*PACKAGES, "contracts")]
    with tempfile.TemporaryDirectory() as folder:
        measured = {**os.environ, "COVERAGE_FILE": f"{folder}/measured"}
        include = ",".join(f"plugins/module_utils/{name}/*" for name in PACKAGES)
        coverage = [sys.executable, "-m", "coverage"]
        tested = [*coverage, "run", "--branch", "--source=plugins/module_utils", "-m", "pytest", *tests]
        subprocess.run(tested, cwd=ROOT, env=measured, check=True)
        report = [*coverage, "json", "--quiet", f"--include={include}", "-o", f"{folder}/found.json"]
        subprocess.run(report, cwd=ROOT, env=measured, check=True)
        files = json.loads(Path(folder, "found.json").read_text(encoding="utf-8"))["files"]
    reached = {path: found["summary"]["percent_covered"] for path, found in files.items()}
    for path, percent in sorted(reached.items(), key=lambda pair: pair[1]):
        print(f"{percent:5.1f} %  {path}")
    low = [path for path, percent in reached.items() if percent < WANTED]
    if low:
        sys.exit(f"less than {WANTED:.0f} % of {', '.join(low)}")


if __name__ == "__main__":
    main()
