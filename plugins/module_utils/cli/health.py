# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers about health: one table now, or a wait until everything is well."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils import table
from ansible_collections.photosync.vps.plugins.module_utils.cli.output import say, say_json, tell
from ansible_collections.photosync.vps.plugins.module_utils.document import load, path_of
from ansible_collections.photosync.vps.plugins.module_utils.health import engine
from ansible_collections.photosync.vps.plugins.module_utils.health.report import report
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Result
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets
from ansible_collections.photosync.vps.plugins.module_utils.oom import report as oom
from ansible_collections.photosync.vps.plugins.module_utils.release.gate import describe

# A look, not a wait: what has not answered by then is not well.
ONE_LOOK = 15.0


def health(stack: str, asked: argparse.Namespace) -> int:
    """Check every target of the deployed release."""
    document = load(path_of(stack))
    results = _check(document, asked.wait)
    kills = oom.kills_of(document)
    if asked.json:
        say_json({**_report(document, results), "oom_kills": kills})
        return _verdict(results)
    code = _show(document, results)
    for warning in oom.warnings(kills):
        say(warning)
    return code


def gate(document: dict[str, Any], seconds: float) -> int:
    """Wait for health, telling how it goes; then the table, and where to look."""
    code = _show(document, _check(document, seconds))
    if code == 0 and document["url"]:
        say(f"\n{document['url']}")
    return code


def _check(document: dict[str, Any], wait: Optional[float]) -> list[Result]:
    return engine.check(
        parse_targets(document["health_targets"]),
        deadline=wait or ONE_LOOK,
        wait=wait is not None,
        on_progress=(lambda progress: tell(describe(progress))) if wait else None,
    )


def _show(document: dict[str, Any], results: Sequence[Result]) -> int:
    say(render(results))
    if _verdict(results):
        tell("\n" + _report(document, results)["msg"])
    return _verdict(results)


def render(results: Sequence[Result]) -> str:
    """One line for each target."""
    rows = [
        [
            result.name,
            result.kind,
            "healthy" if result.healthy else "UNHEALTHY",
            None if result.latency_ms is None else f"{result.latency_ms:.0f} ms",
            result.error,
        ]
        for result in results
    ]
    return table.render(["name", "kind", "health", "latency", "why"], rows, right=["latency"])


def _report(document: dict[str, Any], results: Sequence[Result]) -> dict[str, Any]:
    return report(results, {entry["name"]: entry["depends_on"] for entry in document["services"]})


def _verdict(results: Sequence[Result]) -> int:
    return 0 if all(result.healthy for result in results) else 1
