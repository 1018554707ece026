# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers about health: one table now, or a wait until everything is well."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.cli.output import say, say_json, tell
from ansible_collections.photosync.vps.plugins.module_utils.common import secret_values, table
from ansible_collections.photosync.vps.plugins.module_utils.deploy.health_gate import ISSUED_WITHIN, describe
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.health import engine
from ansible_collections.photosync.vps.plugins.module_utils.health import oom_report as oom
from ansible_collections.photosync.vps.plugins.module_utils.health.report import during_a_restore, report
from ansible_collections.photosync.vps.plugins.module_utils.health.results import (
    HEALTHY,
    PENDING,
    UNHEALTHY,
    Result,
    verdict,
)
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, load, path_of
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

# A look, not a wait: what has not answered by then is not well.
ONE_LOOK = 15.0
EXIT_CODES = {HEALTHY: 0, UNHEALTHY: 1, PENDING: 3}


def health(stack: str, asked: argparse.Namespace) -> int:
    """Check every target of the deployed release."""
    spec = load(path_of(stack))
    results = _check(spec, asked.wait)
    kills = oom.kills_of(spec)
    half = unfinished.told(stack, spec.state_dir)
    if asked.json:
        say_json({**during_a_restore(_report(spec, results), half), "oom_kills": kills})
        return EXIT_CODES[verdict(results)]
    if half:
        say(half + "\n")
    code = _show(spec, results, blame=not half)
    for warning in oom.warnings(kills):
        say(warning)
    return code


def gate(spec: Spec, seconds: float) -> int:
    """Wait for health, telling how it goes; then the table, and where to look.

    A certificate that is still to be issued ends the wait before its time: it may take until DNS has moved.
    """
    code = _show(spec, _check(spec, seconds, ISSUED_WITHIN))
    if code == 0 and spec.url:
        say(f"\n{spec.url}")
    return code


def _check(spec: Spec, wait: Optional[float], accept_pending_after: Optional[float] = None) -> list[Result]:
    return engine.check(
        parse_targets(spec.health_targets),
        deadline=wait or ONE_LOOK,
        wait=wait is not None,
        on_progress=(lambda progress: tell(describe(progress))) if wait else None,
        accept_pending_after=accept_pending_after,
        secrets=secret_values.of_release(compose.folder(spec)),
    )


def _show(spec: Spec, results: Sequence[Result], blame: bool = True) -> int:
    say(render(results))
    found = verdict(results)
    if found != HEALTHY and blame:
        tell("\n" + _report(spec, results)["msg"])
    if found == PENDING:
        tell(_next_steps(spec))
    return EXIT_CODES[found]


def _next_steps(spec: Spec) -> str:
    stack, front = spec.stack, spec.entry_point.service if spec.entry_point else ""
    return f"To ask at once: {stack} restart {front}. To see how it stands: {stack} health (exit code 3 while pending)."


def render(results: Sequence[Result]) -> str:
    """One line for each target."""
    rows = [
        [
            result.name,
            result.kind,
            "healthy" if result.healthy else "PENDING" if result.pending else "UNHEALTHY",
            None if result.latency_ms is None else f"{result.latency_ms:.0f} ms",
            result.error,
        ]
        for result in results
    ]
    return table.render(["name", "kind", "health", "latency", "why"], rows, right=["latency"])


def _report(spec: Spec, results: Sequence[Result]) -> dict[str, Any]:
    return report(results, {entry.name: entry.depends_on for entry in spec.services})
