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
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import load, path_of
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

# A look, not a wait: what has not answered by then is not well.
ONE_LOOK = 15.0
EXIT_CODES = {HEALTHY: 0, UNHEALTHY: 1, PENDING: 3}


def health(stack: str, asked: argparse.Namespace) -> int:
    """Check every target of the deployed release."""
    document = load(path_of(stack))
    results = _check(document, asked.wait)
    kills = oom.kills_of(document)
    half = unfinished.told(stack, document["state_dir"])
    if asked.json:
        say_json({**during_a_restore(_report(document, results), half), "oom_kills": kills})
        return EXIT_CODES[verdict(results)]
    if half:
        say(half + "\n")
    code = _show(document, results, blame=not half)
    for warning in oom.warnings(kills):
        say(warning)
    return code


def gate(document: dict[str, Any], seconds: float) -> int:
    """Wait for health, telling how it goes; then the table, and where to look.

    A certificate that is still to be issued ends the wait before its time: it may take until DNS has moved.
    """
    code = _show(document, _check(document, seconds, ISSUED_WITHIN))
    if code == 0 and document["url"]:
        say(f"\n{document['url']}")
    return code


def _check(
    document: dict[str, Any], wait: Optional[float], accept_pending_after: Optional[float] = None
) -> list[Result]:
    return engine.check(
        parse_targets(document["health_targets"]),
        deadline=wait or ONE_LOOK,
        wait=wait is not None,
        on_progress=(lambda progress: tell(describe(progress))) if wait else None,
        accept_pending_after=accept_pending_after,
        secrets=secret_values.of_release(compose.folder(document)),
    )


def _show(document: dict[str, Any], results: Sequence[Result], blame: bool = True) -> int:
    say(render(results))
    found = verdict(results)
    if found != HEALTHY and blame:
        tell("\n" + _report(document, results)["msg"])
    if found == PENDING:
        tell(_next_steps(document))
    return EXIT_CODES[found]


def _next_steps(document: dict[str, Any]) -> str:
    stack, front = document["stack"], (document["entry_point"] or {}).get("service", "")
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


def _report(document: dict[str, Any], results: Sequence[Result]) -> dict[str, Any]:
    return report(results, {entry["name"]: entry["depends_on"] for entry in document["services"]})
