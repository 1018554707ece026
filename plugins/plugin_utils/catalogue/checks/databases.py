# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Databases and the servers that hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

# PostgreSQL cuts longer names off without a word; others would need quoting at every use.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
_OWN = ("postgres", "template0", "template1")


def check_databases(catalogue: dict[str, Any], names: frozenset[str]) -> Iterator[Problem]:
    """A database is on a server of the stack, under a name that the server takes."""
    servers = {entry["name"] for entry in catalogue["services"] if entry["database_server"]}
    broken = names - {entry["name"] for entry in catalogue["services"]}
    for entry in catalogue["services"]:
        for database in entry["databases"]:
            server, name = database["server"], database["name"]
            if server not in servers | broken:
                fix = f"use one of: {', '.join(sorted(servers))}" if servers else "add a service with database_server"
                yield problem(
                    "databases.server", f"{server} is not a database server of this stack", fix, entry["name"]
                )
            if not _NAME.fullmatch(name) or name in _OWN:
                message = f"{name!r} cannot name a database of its own"
                yield problem(
                    "databases.name", message, "use letters, digits and underscores, at most 63", entry["name"]
                )
