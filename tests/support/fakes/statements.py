# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One SQL statement, done to a cluster.

Questions are known by the engine's own words; what changes something is understood. Any other statement is refused, so
that whoever changes the engine's words sees at once what the fake does not know yet.
"""

from __future__ import annotations

import re
from typing import Any

from support.fakes.changes import CHANGES
from support.fakes.cluster import Cluster, Refused
from support.fakes.questions import ANSWERS, QUESTIONS, Rows
from support.fakes.sql import plain


def execute(session: Any, cluster: Cluster, statement: str) -> tuple[Rows, bool]:
    """Do one statement; returns its rows, and whether it has changed the cluster."""
    text = plain(statement)
    if text in ANSWERS:
        return ANSWERS[text](session, cluster), False
    for form, answer in QUESTIONS:
        if re.match(form, text, re.DOTALL):
            return answer(session, cluster, text), False
    for form, change in CHANGES:
        found = re.fullmatch(form, text, re.DOTALL)
        if found:
            change(session, cluster, *found.groups())
            return [], True
    raise Refused(f"ERROR:  the fake of PostgreSQL does not know this statement: {text[:300]}")


def is_change(text: str) -> bool:
    """Whether a statement, as ``plain`` has it, changes something."""
    return any(re.fullmatch(form, text, re.DOTALL) for form, _change in CHANGES)
