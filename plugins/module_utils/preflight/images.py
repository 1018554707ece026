# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which images a host would have to pull, and whether it could. A host that has them all asks nobody."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Callable
from urllib.parse import quote

from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.docker.api import ask
from ansible_collections.photosync.vps.plugins.module_utils.host.engine import Engine
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Image, Refusal


def read_refusals(images: Sequence[Image], engine: Engine, options: Mapping[str, Any]) -> dict[str, Refusal]:
    """Return why images that are missing on the host cannot be pulled, by image.

    :param options: those that the engine will have.
    """
    wanted = to_pull(images, engine, _is_there)
    if not wanted:
        return {}
    # Costs a tenth of a second, which a run that pulls nothing does not pay.
    from ansible_collections.photosync.vps.plugins.module_utils.preflight.registry import way_of
    from ansible_collections.photosync.vps.plugins.module_utils.preflight.registry_client import ask_registries

    return ask_registries(wanted, way_of(options, _environment()))


def to_pull(images: Sequence[Image], engine: Engine, is_there: Callable[[str], bool]) -> list[str]:
    """Return the images that a deployment would pull: none where an engine stands still, which cannot be asked."""
    if not engine.installed:
        return [one.image for one in images]
    if not engine.running:
        return []
    return [one.image for one in images if not is_there(one.image) and not (one.built and is_there(one.built))]


def _is_there(image: str) -> bool:
    """Whether the engine holds an image; of a name without a tag, whether it holds any."""
    if ":" in image.rpartition("/")[2] or "@" in image:
        return ask(f"/images/{image}/json") is not None
    wanted = json.dumps({"reference": [image + ":*"]})
    return bool(ask(f"/images/json?filters={quote(wanted)}"))


def _environment() -> dict[str, str]:
    """Return the variables of the engine's service over those of this process: a proxy is set in either."""
    shown = run(["systemctl", "show", "docker.service", "--property=Environment", "--value"], check=False).stdout
    of_engine = dict(word.split("=", 1) for word in shown.split() if "=" in word)
    return {**os.environ, **of_engine}
