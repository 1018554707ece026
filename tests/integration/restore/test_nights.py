# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""More nights than there is time for in `make unit`, and others each time; they need no machine."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from support.nights import Nights

MANY = settings(
    max_examples=600,
    stateful_step_count=25,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.full
def test_whatever_happens_in_a_night_the_promises_hold() -> None:
    run_state_machine_as_test(Nights, settings=MANY)
