# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine's own commands for a database server, as a shell function's arguments fill them in."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.breakglass import lines
from ansible_collections.photosync.vps.plugins.module_utils.databases import Server

# What stands for the arguments of a shell function.
_CONTAINER, _USER, _DATABASE = "<container>", "<user>", "<database>"
_ARGUMENTS = {_CONTAINER: '"$1"', _USER: '"$2"', _DATABASE: '"$3"'}
# A server that is described by what the function is called with.
ANY = Server("", _USER, (), _CONTAINER)
ANY_DATABASE = _DATABASE


def shell(argv: Sequence[str], indent: str) -> str:
    """A command of the engine for :data:`ANY`, in a function whose arguments are container, user and database."""
    return lines.filled([_ARGUMENTS.get(word) or shlex.quote(word) for word in argv], indent)


def container(document: dict[str, Any], service: str) -> str:
    """What Compose calls the container of a service."""
    return f"{document['stack']}-{service}-1"


def calls(document: dict[str, Any], function: str) -> list[str]:
    """A call of ``function`` for each database: container, superuser, database, service."""
    return [
        shlex.join([function, container(document, server["service"]), server["user"], name, server["service"]])
        for server in document["databases"]
        for name in server["names"]
    ]
