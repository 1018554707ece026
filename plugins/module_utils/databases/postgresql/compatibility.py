# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the database servers here can hold what a point has, asked of their images before anything is stopped."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Part, Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client

# Debian's packages, the official images and those on Alpine keep their extensions in different places.
LOOK = (
    "pg_restore --version; find /usr/share/postgresql /usr/local/share/postgresql /usr/local/pgsql/share"
    " -path '*extension*' -name '*.control' 2>/dev/null; true"
)


class Offer(NamedTuple):
    """What a server can: its version, and the extensions that its image brings."""

    version: str
    extensions: set[str]


def misfits(parts: Sequence[Part], server: Optional[Server], image: Optional[str]) -> list[str]:
    """Why databases cannot be put into a server, asked of it where it runs and of its image where it does not."""
    offer = _of_server(server) if server else _of_image(image)
    return [said for part in parts if (said := misfit(part, offer))]


def misfit(part: Part, offer: Optional[Offer]) -> str:
    """Why a server cannot hold a database; empty when it can or cannot be asked yet."""
    if offer is None:
        return ""
    name = f"database {part['service']}/{part['database']}"
    if client.major(offer.version) < client.major(part["server_version"]):
        return f"{name} comes from PostgreSQL {part['server_version']}, the server here is {offer.version}"
    missing = sorted(set(part["extensions"]) - offer.extensions)
    return f"{name} needs the extension {', '.join(missing)}, which the server's image lacks" if missing else ""


def _of_server(server: Server) -> Offer:
    (version,), *extensions = client.query(
        server, "template1", "SHOW server_version; SELECT name FROM pg_available_extensions"
    )
    return Offer(version, {name for (name,) in extensions})


def _of_image(image: Optional[str]) -> Optional[Offer]:
    if not image or run(["docker", "image", "inspect", image], check=False).rc != 0:
        return None
    said = run(["docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", LOOK], check=False)
    return parse(said.stdout)


def parse(text: str) -> Optional[Offer]:
    """What an image says of itself; None when it is not one of PostgreSQL."""
    lines = text.split("\n")
    if not lines[0].startswith("pg_restore"):
        return None
    version = lines[0].split(") ")[-1].split()[0]
    return Offer(version, {os.path.basename(line)[: -len(".control")] for line in lines if line.endswith(".control")})
