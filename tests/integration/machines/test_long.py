# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state machines of the unit tests, at length, and other examples each time."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support import effort
from support.jobs import ROOT

pytestmark = pytest.mark.full

TIMES = "30"
MACHINES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "unit").glob("*/test_machine.py"))


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_finds_nothing(machine: str) -> None:
    argv = [sys.executable, "-m", "pytest", machine]
    done = subprocess.run(
        argv, cwd=ROOT, env={**os.environ, effort.LONG: TIMES}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
