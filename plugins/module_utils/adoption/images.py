# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be known of images before one takes over the data of another: versions and the C library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import AdoptionError
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import image

_RELEASE = re.compile(r"v?\d+\.\d+\.\d+")
# Where images say which release they hold; Immich's say it in the first.
_VERSION_VARIABLES = ("IMMICH_SOURCE_REF",)
_VERSION_LABEL = "org.opencontainers.image.version"


def have(reference: str) -> None:
    """Pull an image that is not here; raises AdoptionError with what Docker says."""
    if image(reference) is None:
        try:
            run(["docker", "pull", "--quiet", reference])
        except CommandFailed as error:
            raise AdoptionError(f"{reference} cannot be pulled: {error.stderr.strip() or error}") from error


def version_of(reference: str, inspected: Optional[Mapping[str, Any]]) -> str:
    """The release that an image holds, as vX.Y.Z; empty when neither its tag nor the image itself says it.

    :param inspected: what :func:`image` returned.
    """
    config = (inspected or {}).get("Config") or {}
    variables = dict(pair.partition("=")[::2] for pair in config.get("Env") or [])
    said = [reference.partition("@")[0].rpartition(":")[2], *(variables.get(name, "") for name in _VERSION_VARIABLES)]
    said.append((config.get("Labels") or {}).get(_VERSION_LABEL, ""))
    found = next((text for text in said if _RELEASE.fullmatch(text)), "")
    return f"v{found.lstrip('v')}" if found else ""
