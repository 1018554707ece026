# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of a database or a role as PostgreSQL's catalogue keeps them, ``parameter=value``, and in the words of SET.

What is kept may say anything: it is taken apart and quoted anew, never pasted into a statement.
"""

from __future__ import annotations

import re
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.databases import DatabaseError, literal

# Settings whose value is a list of names, each quoted where it has to be, as pg_dumpall knows them.
LISTS = {"search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"}
NAME = r'(?:"(?:[^"]|"")*"|[^\s",]+)'
LIST = rf"\s*{NAME}(?:\s*,\s*{NAME})*\s*"


def names_in(value: str) -> Optional[list[str]]:
    """The names in a list; None where it is no list."""
    if value.strip() and not re.fullmatch(LIST, value):
        return None
    found = re.findall(NAME, value)
    return [name[1:-1].replace('""', '"') if name.startswith('"') else name for name in found]


def is_setting(value: Any) -> bool:
    """Whether it is one that can be put back."""
    if not isinstance(value, str) or "\0" in value:
        return False
    parameter, equals, kept = value.partition("=")
    return bool(parameter and equals) and (parameter not in LISTS or names_in(kept) is not None)


def assignment(setting: str) -> str:
    """A setting in the words of SET; raises DatabaseError for what is none."""
    parameter, _equals, value = setting.partition("=")
    if not re.fullmatch(r"[A-Za-z0-9_.]+", parameter):
        raise DatabaseError(f"{parameter!r} is not the name of a setting")
    words = names_in(value) if parameter in LISTS else [value]
    if words is None:
        raise DatabaseError(f"{value!r} is not a list of names, which {parameter} has to be")
    return f"{parameter} TO {', '.join(literal(word) for word in words or [''])}"
