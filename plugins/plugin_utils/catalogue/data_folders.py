# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a database server keeps its data: what is mounted there is dumped, and never saved file by file."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import env_files
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.mounts import Mount, mounts

# Under one of these the official images, and those that are built on them, keep data: up to version 17, and since 18.
OFFICIAL = ("/var/lib/postgresql/data", "/var/lib/postgresql")
_VERSION = re.compile(r"(?:^|/)postgres:(\d+)")
_SINCE = 18


def data_folder(entry: dict[str, Any], environment: dict[str, str]) -> str:
    """The folder in the container that an entry names; empty where it leaves that to the image.

    :param environment: the service's own, as it sees it.
    """
    said = entry["database_server"]["data"] or environment.get("PGDATA", "")
    return posixpath.normpath(said) if said else ""


def expected_at(entry: dict[str, Any], environment: dict[str, str]) -> str:
    """Where a volume with the data is expected, for people."""
    return data_folder(entry, environment) or _places(entry)[0]


def data_mounts(entry: dict[str, Any], environment: dict[str, str]) -> list[Mount]:
    """What is mounted at a server's data folder, and inside it; nothing where the data would go with the container."""
    present = [Mount(mount.source, posixpath.normpath(mount.target), mount.mode) for mount in mounts(entry)]
    places = _places(entry)
    folder = data_folder(entry, environment) or max((m.target for m in present if m.target in places), default="")
    holding = [mount for mount in present if folder and _within(folder, mount.target)]
    nearest = max(holding, key=lambda mount: len(mount.target), default=None)
    # The engine lays a nameless volume over the image's own place, unless something is mounted there or below.
    if nearest is None or (len(places) == 1 and _within(folder, places[0]) and not _within(nearest.target, places[0])):
        return []
    return [nearest, *(mount for mount in present if mount != nearest and _within(mount.target, folder))]


def data_volumes(catalogue: dict[str, Any]) -> dict[str, str]:
    """Named volumes that hold the data of a database server, each with the server's name."""
    return {mount.source: service for service, mount in _kept(catalogue) if mount.named}


def data_folders_of_host(catalogue: dict[str, Any]) -> set[str]:
    """Folders of the host that hold the data of a database server."""
    return {mount.source for _service, mount in _kept(catalogue) if not mount.named}


def _kept(catalogue: dict[str, Any]) -> list[tuple[str, Mount]]:
    environments = env_files(catalogue)
    return [
        (entry["name"], mount)
        for entry in catalogue["services"]
        if entry["database_server"]
        for mount in data_mounts(entry, environments.get(entry["name"], {}))
    ]


def _places(entry: dict[str, Any]) -> tuple[str, ...]:
    """The image's own place; both where its name does not tell its version."""
    found = _VERSION.search(entry["image"] or "")
    if not found:
        return OFFICIAL
    return OFFICIAL[1:] if int(found[1]) >= _SINCE else OFFICIAL[:1]


def _within(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")
