# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may see the site. No message here holds a password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.basic_auth import PROBE
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.secrets import weaknesses
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

SETTING = "stack_basic_auth"
# What bcrypt looks at; of a longer password the rest would not count.
LONGEST = 72
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


def check_people(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Names that a Caddyfile can hold, and passwords that are some."""
    for name, password in catalogue["people"].items():
        setting = f"{SETTING}.{name}"
        if not _NAME.fullmatch(name):
            yield problem(SETTING, f"{name!r} is no name", "use up to 64 letters, digits and ._@-, none of these first")
        if name == PROBE:
            yield problem(setting, "is the name under which health is checked", "choose another name")
        if not password:
            yield problem(setting, "has no password", "set one, best in an Ansible Vault file")
        elif len(password.encode()) > LONGEST or "\0" in password:
            yield problem(setting, f"has more than {LONGEST} bytes, or a zero byte", "choose a shorter password")
        elif catalogue["stack"]["mode"] == "production":
            yield from weaknesses(setting, password, "choose a strong one, and keep it in an Ansible Vault file")
