# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results as Prometheus reads them, in a file for node_exporter's textfile collector.

Times are given, never ages: how old something is by now is ``time() - …`` in PromQL, and goes on growing on a host that
is down.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from ansible_collections.photosync.vps.plugins.module_utils.backup import manifest as manifests
from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically

PREFIX = "photosync_backup_"
# Whoever collects them is not root.
MODE = 0o644

HELP = {
    "last_run_timestamp_seconds": "When the operation ended last, well or not.",
    "last_success_timestamp_seconds": "When the operation ended well last.",
    "duration_seconds": "How long the operation took last.",
    "failing": "Whether the operation failed last (1) or not (0).",
    "point_timestamp_seconds": "When the newest restore point was begun.",
    "point_bytes": "Size of everything in the newest restore point, before deduplication and compression.",
    "point_suspect": "Whether the newest restore point has collapsed against the one before (1) or not (0).",
    "copy_last_success_timestamp_seconds": "When a further repository was brought up to date last.",
    "copy_failing": "Whether bringing a further repository up to date failed last (1) or not (0).",
    "check_last_success_timestamp_seconds": "When a part of a repository was read and found good last.",
    "check_failing": "Whether the last check of a repository failed (1) or not (0).",
    "check_damaged": "Whether damage was found when the repository could be read last (1) or not (0).",
    "check_part": "The part of a repository that was read last.",
    "check_parts": "How many parts make the whole repository.",
}


class Sample(NamedTuple):
    """One value of a metric."""

    name: str
    labels: dict[str, str]
    value: float


def render(stack: str, results: dict[str, Any]) -> str:
    """The text of the file: every metric with its HELP and TYPE, all of them gauges."""
    found = list(_samples(stack, results))
    lines: list[str] = []
    for name, text in HELP.items():
        samples = [sample for sample in found if sample.name == name]
        if samples:
            lines += [f"# HELP {PREFIX}{name} {text}", f"# TYPE {PREFIX}{name} gauge"]
            lines += [f"{PREFIX}{name}{{{_labels(sample.labels)}}} {sample.value!r}" for sample in samples]
    return "".join(line + "\n" for line in lines)


def write(folder: str, stack: str, results: dict[str, Any]) -> None:
    """Write ``<folder>/<stack>.prom`` in one step; raises OSError."""
    write_atomically(os.path.join(folder, stack + ".prom"), render(stack, results), MODE)


def _samples(stack: str, results: dict[str, Any]) -> Iterator[Sample]:
    for operation, result in sorted(results["operations"].items()):
        labels = {"stack": stack, "operation": operation}
        yield from _outcome("", labels, result)
        yield Sample("last_run_timestamp_seconds", labels, _seconds(result["finished"]))
        yield Sample("duration_seconds", labels, float(result["seconds"]))
    made = results["operations"].get("backup", {})
    if made.get("point"):
        yield Sample("point_timestamp_seconds", {"stack": stack}, manifests.time_of(made["point"]).timestamp())
        yield Sample("point_bytes", {"stack": stack}, float(made["bytes"]))
        yield Sample("point_suspect", {"stack": stack}, float(bool(made.get("suspect"))))
    for kind, where in (("copy_", "copies"), ("check_", "checks")):
        for repository, result in sorted(results[where].items()):
            labels = {"stack": stack, "repository": repository}
            yield from _outcome(kind, labels, result)
            if kind == "check_":
                if "damaged" in result:
                    yield Sample("check_damaged", labels, float(result["damaged"]))
                yield Sample("check_part", labels, float(result["part"]))
                yield Sample("check_parts", labels, float(result["parts"]))


def _outcome(kind: str, labels: dict[str, str], result: dict[str, Any]) -> Iterator[Sample]:
    if result.get("last_success"):
        yield Sample(f"{kind}last_success_timestamp_seconds", labels, _seconds(result["last_success"]))
    yield Sample(f"{kind}failing", labels, float(not result["ok"]))


def _seconds(time: str) -> float:
    return datetime.datetime.fromisoformat(time).timestamp()


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
