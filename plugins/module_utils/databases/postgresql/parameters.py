# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names, texts and settings in SQL: a database's or a role's, as PostgreSQL keeps them, and in the words of SET.

What is kept may say anything: it is taken apart and quoted anew, never pasted into a statement.
"""

from __future__ import annotations

import re
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.shapes import (
    FLAG,
    SQL_NAME,
    TEXT,
    Field,
    fits_postgresql,
    keyed,
    leaf,
    listed,
    maybe,
    of_form,
    one_of,
    row,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError

# Settings whose value is a list of names, each quoted where it has to be, as pg_dumpall knows them.
LISTS = {"search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"}
NAME = r'(?:"(?:[^"]|"")*"|[^\s",]+)'
LIST = rf"\s*{NAME}(?:\s*,\s*{NAME})*\s*"
# What PostgreSQL takes for a parameter; every character beyond ASCII is a letter to it.
WORD = r"[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_$\u0080-\U0010ffff]*"
PARAMETER = rf"{WORD}(?:\.{WORD})*"


# What may be granted on a database.
PRIVILEGES = {"CONNECT", "CREATE", "TEMPORARY"}


def identifier(name: str) -> str:
    """``name`` quoted as an SQL identifier."""
    return '"{}"'.format(name.replace('"', '""'))


def literal(value: str) -> str:
    """``value`` quoted as an SQL string, whatever the server takes a backslash for."""
    quoted = "'{}'".format(value.replace("'", "''").replace("\\", "\\\\"))
    return f"E{quoted}" if "\\" in value else quoted


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
    known = bool(re.fullmatch(PARAMETER, parameter) and equals)
    return known and (parameter not in LISTS or names_in(kept) is not None)


def assignment(setting: str) -> str:
    """A setting in the words of SET; raises DatabaseError for what is none."""
    parameter, _equals, value = setting.partition("=")
    if not re.fullmatch(PARAMETER, parameter):
        raise DatabaseError(f"{parameter!r} is not the name of a setting")
    words = names_in(value) if parameter in LISTS else [value]
    if words is None:
        raise DatabaseError(f"{value!r} is not a list of names, which {parameter} has to be")
    return f"{_called(parameter)} TO {', '.join(literal(word) for word in words or [''])}"


def _called(parameter: str) -> str:
    """A parameter's name in SQL. Those that somebody made up have a dot in them, and may be anything but keywords."""
    return ".".join(map(identifier, parameter.split("."))) if "." in parameter else parameter


SETTING = leaf("parameter=value, a list of names where it takes one", is_setting)
PRIVILEGE = one_of(PRIVILEGES, f"one of {', '.join(sorted(PRIVILEGES))}")
NAME_OR_NONE = leaf("a name of PostgreSQL's, or empty", lambda value: value == "" or fits_postgresql(value))
# What a manifest says of a database besides what is said of all.
PART = {
    "server_version": Field(of_form("a version of PostgreSQL", r"[0-9]{1,4}[^\0]*")),
    "owner": Field(SQL_NAME),
    "encoding": Field(TEXT),
    "collate": Field(TEXT),
    "ctype": Field(TEXT),
    "extensions": Field(keyed(SQL_NAME, TEXT)),
    "settings": Field(listed(SETTING)),
    "grants": Field(maybe(listed(row(NAME_OR_NONE, PRIVILEGE, FLAG))), required=False),
    "template": Field(FLAG, required=False),
}
