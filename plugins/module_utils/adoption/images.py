# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be known of images before one takes over the data of another: versions and the C library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import AdoptionError, inspect
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed, run

# Whoever sorts texts is the C library. musl's order has never changed, glibc's did from one version to the next.
PROBE = """
postgres --version; command -v postgres
if ls /lib/ld-musl-* >/dev/null 2>&1; then echo musl; else getconf GNU_LIBC_VERSION || echo unknown; fi
"""
_RELEASE = re.compile(r"v?\d+\.\d+\.\d+")
# Where images say which release they hold; Immich's say it in the first.
_VERSION_VARIABLES = ("IMMICH_SOURCE_REF",)
_VERSION_LABEL = "org.opencontainers.image.version"


@dataclass(frozen=True)
class Postgres:
    """What an image is as a database server: PostgreSQL's major version (0 when unknown), C library, and its path."""

    major: int = 0
    libc: str = ""
    program: str = ""


def image(reference: str) -> Optional[dict[str, Any]]:
    """What the engine knows of an image, None when it is not on this host."""
    return next(iter(inspect("image", [reference])), None)


def have(reference: str) -> None:
    """Pull an image that is not here; raises AdoptionError with what Docker says."""
    if image(reference) is None:
        try:
            run(["docker", "pull", "--quiet", reference])
        except CommandFailed as error:
            raise AdoptionError(f"{reference} cannot be pulled: {error.stderr.strip() or error}") from error


def postgres(reference: str) -> Postgres:
    """Look into an image that is here, in a container that is removed at once and reaches nothing."""
    argv = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", reference, "-c", PROBE]
    return parse_probe(run(argv, check=False).stdout)


def parse_probe(text: str) -> Postgres:
    """What the probe printed."""
    version = re.search(r"\(PostgreSQL\) (\d+)", text)
    lines = [line.strip() for line in text.splitlines()]
    libc = next((line for line in lines if line == "musl" or line.startswith("glibc ")), "")
    program = next((line for line in lines if line.startswith("/")), "")
    return Postgres(int(version[1]) if version else 0, libc, program)


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
