# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One readable report of everything that stands in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def preflight_report(problems: Sequence[Mapping[str, Any]], stack: str, host: str, what: str = "deployed") -> str:
    """Return the report of ``problems``, each once; nothing when there are none.

    :param what: what cannot be done with the stack.
    """
    different = list({_key(problem): problem for problem in problems}.values())
    if not different:
        return ""
    count = "1 problem" if len(different) == 1 else f"{len(different)} problems"
    head = f"{stack} cannot be {what} on {host}: {count}. Nothing was changed."
    return "\n\n".join([head, *(_paragraph(number, problem) for number, problem in enumerate(different, 1))])


def note_line(note: Mapping[str, Any], host: str) -> str:
    """Return a note as one line: it stands in nobody's way."""
    return f"{host}: {note['setting']}: {note['message']}. To do: {note['fix']}."


def _paragraph(number: int, problem: Mapping[str, Any]) -> str:
    service = f" ({problem['service']})" if problem.get("service") else ""
    lines = [
        f"{number}. {problem['setting']}{service}",
        *str(problem["message"]).splitlines(),
        *f"Fix: {problem['fix']}".splitlines(),
    ]
    return "\n   ".join(lines)


def _key(problem: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(problem.get(key) for key in ("setting", "service", "message"))
