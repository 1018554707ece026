# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How hard state machines look: the same few examples in `make unit`, many and others each time in `make test-full`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase
from hypothesis import settings as given

# How many times as long: set by tests/integration/machines, and by whoever wants to look longer.
LONG = "PHOTOSYNC_LONG"


def settings(examples: int, steps: int) -> given:
    """Settings of a state machine: so many examples of so many steps each."""
    long = int(os.environ.get(LONG, "0"))
    return given(
        max_examples=examples * max(long, 1),
        stateful_step_count=steps,
        derandomize=not long,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        # Making an example shorter may take minutes.
        phases=[Phase.generate, Phase.shrink] if long else [Phase.generate],
    )
