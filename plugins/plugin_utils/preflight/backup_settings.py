# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the settings of backups, judged by the engine that will read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.points import settings
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

# Whatever else the engine wants to know, so that one setting is judged at a time.
REST = {"repository": "/srv/elsewhere", "password_file": "/etc/password", "host": "host"}
ADVICE = "correct it; ansible-doc --type role photosync.vps.backup says what it takes"


def backup_problems(given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with these settings, named without their ``backup_``; no secret among them is quoted."""
    problems = []
    for name, value in given.items():
        try:
            settings.from_dict({**REST, name: value}, f"backup_{name}")
        except settings.PointError as error:
            problems.append(problem(f"backup_{name}", str(error).removeprefix(f"backup_{name}: "), ADVICE))
        except (AttributeError, TypeError, ValueError):
            # Their words may hold the value.
            problems.append(problem(f"backup_{name}", "it is of another form than it has to be", ADVICE))
    return problems
