# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Environment variables that can be written to a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


def check_variables(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Names that a file can hold, and values that are one text."""
    for entry in catalogue["services"]:
        both = {"environment": entry["environment"], "dev.environment": entry["dev"]["environment"]}
        for setting, variables in both.items():
            for name, value in variables.items():
                if not _NAME.fullmatch(name):
                    fix = "use letters, digits and underscores, and no digit first"
                    yield problem(setting, f"{name!r} cannot name a variable", fix, entry["name"])
                elif isinstance(value, (dict, list)) or "\0" in str(value):
                    yield problem(f"{setting}.{name}", "is not a text", "write it as one string", entry["name"])
