# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each engine's part of a manifest looks like: apart from the engines, so that a list of points loads none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.shapes import Field
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import POSTGRESQL, Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.parameters import PART

# Besides what is said of every database: where it is, its size, and what its tables hold.
PARTS: dict[str, Mapping[str, Field]] = {POSTGRESQL: PART}


def name_in(part: Mapping[str, Any]) -> str:
    """The name of the engine that wrote this part."""
    return str(part.get("engine", POSTGRESQL))


def said_of(server: Server) -> dict[str, str]:
    """How a part names the engine that writes it; PostgreSQL's name none, as in points of earlier versions."""
    return {} if server.engine == POSTGRESQL else {"engine": server.engine}
