# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was measured, for a terminal and as a document."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass

from host import ROOT, Host
from measure import Finding

DOCUMENTS = ROOT / "docs"
HEADINGS = ["What", "Ours", "Rival, in the same run", "Ours to rival", "Bound", ""]


@dataclass(frozen=True)
class Measured:
    """A finding, and the machine's load average of one minute before and after."""

    finding: Finding
    load_before: float
    load_after: float


def load() -> float:
    """The machine's load average of one minute."""
    return os.getloadavg()[0]


def conditions(host: Host) -> str:
    """What it was measured with."""
    engine = host.run("docker version --format '{{.Server.Version}}'").strip()
    compose = host.run("docker compose version --short").strip()
    system = host.run(". /etc/os-release && echo $PRETTY_NAME").strip()
    controller = f"ansible-core {importlib.metadata.version('ansible-core')}, Python {platform.python_version()}"
    return (
        f"Throwaway VPS ({system}, Docker {engine}, Compose {compose}) on a machine with {os.cpu_count()} cores, "
        f"which is the controller as well ({controller}); stand-in images, production mode."
    )


def table(measured: Sequence[Measured]) -> list[str]:
    """One line of Markdown for each row, as wide as it has to be."""
    rows = [HEADINGS]
    for each in measured:
        rows += [[row.what, row.ours, row.rival, row.comparison, row.bound, row.verdict] for row in each.finding.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [_line([cell.ljust(width) for cell, width in zip(row, widths, strict=True)]) for row in rows]
    return [lines[0], _line(["-" * width for width in widths]), *lines[1:]]


def methods(measured: Sequence[Measured]) -> list[str]:
    """How each figure came about."""
    lines = []
    for each in measured:
        finding = each.finding
        lines += [
            f"- **{finding.rows[0].what}**: {' '.join(finding.method.split())} {_often(finding.repetitions)} "
            f"Load average {each.load_before:.1f} before, {each.load_after:.1f} after."
        ]
    return lines


def _often(repetitions: int) -> str:
    return "Measured once." if repetitions == 1 else f"Median of {repetitions}, taken in turns."


def write(name: str, title: str, command: str, measured: Sequence[Measured], how: str) -> None:
    """Write a document: nothing but what this run has measured."""
    lines = [
        f"# {title}",
        "",
        f"Written by `{command}` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}. Each figure stands beside a rival "
        "that was measured in the same run.",
        "",
        *table(measured),
        "",
        "## How it was measured",
        "",
        how,
        "",
        *methods(measured),
    ]
    (DOCUMENTS / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
