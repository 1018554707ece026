# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets that are none. No message here holds a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.secret_values import is_secret_name
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

SHORTEST = 12
_PLACEHOLDER = re.compile(
    r"change[\s_-]?(?:me|this|it)|^<.*>$|\bexample\b|place[\s_-]?holder|your[\s_-](?:\w+[\s_-])?(?:secret|password|key|token)"
    r"|^to[\s_-]?do\b|^x{3,}$|^\.{3,}$|^(?:secret|password|passwort|postgres|immich|admin|default|12345\d*)$",
    re.IGNORECASE,
)
_FIX = "put a strong value into stack_secrets; the playbook photosync.vps.secrets makes one"


def check_secrets(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """What is needed is there; production refuses what everybody knows or can guess."""
    secrets, services = catalogue["secrets"], catalogue["services"]
    users: dict[str, list[str]] = {}
    for entry in services:
        for name in entry["secrets"]:
            users.setdefault(name, []).append(entry["name"])
    for name in users:
        if not secrets.get(name):
            yield problem(f"stack_secrets.{name}", "is missing", _FIX, ", ".join(users[name]))
    if catalogue["stack"]["mode"] == "production":
        for name, value in secrets.items():
            yield from weaknesses(f"stack_secrets.{name}", value, _FIX, ", ".join(users.get(name, [])) or None)
        for entry in services:
            yield from _environment(entry, set(secrets.values()))


def weaknesses(setting: str, value: str, fix: str, service: str | None = None) -> Iterator[Problem]:
    """Why a secret is none, unless it is empty."""
    if value and _PLACEHOLDER.search(value):
        yield problem(setting, "is still a placeholder", fix, service)
    elif value and len(value) < SHORTEST:
        yield problem(setting, f"has only {len(value)} characters, production asks for {SHORTEST}", fix, service)


def _environment(entry: dict[str, Any], known: set[str]) -> Iterator[Problem]:
    """Secrets that were written into an entry instead of coming from stack_secrets, which are checked there."""
    for name, value in entry["environment"].items():
        if is_secret_name(name) and str(value) not in known:
            yield from weaknesses(f"environment.{name}", str(value or ""), _FIX, entry["name"])
