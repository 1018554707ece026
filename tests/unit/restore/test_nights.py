# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever happens to a host in its nights, in whatever order, and killed wherever: what was promised holds."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from support.nights import Nights

TestNights = Nights.TestCase
# The same in every run; test-full tries others.
TestNights.settings = settings(
    max_examples=60,
    stateful_step_count=12,
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
