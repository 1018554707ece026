# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate that a release has to pass: every container and every public address healthy, at the same time.

A certificate that is still to be issued lets it pass, and is told: nothing in the release is wrong then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common import secret_values
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.health import engine
from ansible_collections.photosync.vps.plugins.module_utils.health.report import report
from ansible_collections.photosync.vps.plugins.module_utils.health.results import UNHEALTHY
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# Seconds for a certificate to be issued when all else is well. The first attempt takes a few.
ISSUED_WITHIN = 60.0


class Unhealthy(Exception):
    """The stack did not become healthy in time; the message names what to look at first."""


def wait(
    spec: Spec, seconds: float, tell: Callable[[str], None], certificate_timeout: float = ISSUED_WITHIN
) -> dict[str, Any]:
    """Wait for health, telling each change; returns the report, raises Unhealthy with it.

    :param certificate_timeout: seconds for a certificate to be issued when all else is healthy. Then the report's
        ``verdict`` is pending.
    """
    results = engine.check(
        parse_targets(spec.health_targets),
        deadline=seconds,
        on_progress=lambda progress: tell(describe(progress)),
        accept_pending_after=certificate_timeout,
        secrets=secret_values.of_release(compose.folder(spec)),
    )
    found = report(results, {service.name: service.depends_on for service in spec.services})
    if found["verdict"] == UNHEALTHY:
        raise Unhealthy(found["msg"])
    return found


def describe(progress: engine.Progress) -> str:
    """One line on what just changed, and for how many it still waits."""
    result = progress.result
    left = f"; waiting for {len(progress.waiting)}" if progress.waiting else ""
    return f"{progress.seconds:6.1f} s  {result.name}: {'healthy' if result.healthy else result.error}{left}"
