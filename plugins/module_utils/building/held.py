# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images as the engine of this host holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.docker.api import ask


@dataclass(frozen=True)
class Held:
    """One image: its ID, its size in bytes with all its layers, and its labels."""

    id: str
    size: int
    labels: dict[str, str] = field(default_factory=dict)


def held(image: str) -> Optional[Held]:
    """The image under this name, None when the engine has none."""
    found: Any = ask(f"/images/{image}/json")
    if found is None:
        return None
    return Held(found["Id"], found["Size"], (found.get("Config") or {}).get("Labels") or {})
