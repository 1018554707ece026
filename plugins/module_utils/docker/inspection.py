# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the Docker engine knows of its containers, networks and images, as ``docker inspect`` says it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import run

Inspected = dict[str, Any]


def environment_of(container: Inspected) -> dict[str, str]:
    """The variables that a container runs with."""
    return dict(pair.partition("=")[::2] for pair in container["Config"].get("Env") or [])


def inspect(kind: str, names: Sequence[str]) -> list[Inspected]:
    """What the engine knows of these containers, networks or images; those that are gone are left out."""
    if not names:
        return []
    return json.loads(run(["docker", "inspect", "--type", kind, *names], check=False).stdout or "[]")


def image(reference: str) -> Optional[dict[str, Any]]:
    """What the engine knows of an image, None when it is not on this host."""
    return next(iter(inspect("image", [reference])), None)
