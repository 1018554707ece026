# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stack's description on its host: all that the engine there knows, and no secret."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.builds import build_bases, build_plan
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.caddy import authority_mounts
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import docker_volume, fingerprints
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.data_folders import data_folders_of_host
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.health import health_targets, is_job, public_url
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.mounts import mounts, named_volumes
from ansible_collections.photosync.vps.plugins.plugin_utils.zipapp import collection_version as own_version

SCHEMA = 1


def stack_spec(
    catalogue: dict[str, Any], engine_version: str = "", plan: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What is written to stack.json; ``module_utils/stack/spec.py`` reads it.

    :param engine_version: the host's engine, empty when it is yet to be installed.
    :param plan: what :func:`limits_plan` returned.
    """
    stack, services = catalogue["stack"], catalogue["services"]
    digests = fingerprints(catalogue, engine_version, plan)
    front = next((entry for entry in services if entry["entry_point"]), None)
    return {
        "schema": SCHEMA,
        "stack": stack["name"],
        "mode": stack["mode"],
        "domain": stack["domain"],
        "url": public_url(stack, front),
        "collection_version": own_version(),
        "root": stack["root"],
        "state_dir": stack["state"],
        "etc_dir": stack["etc"],
        "slice": stack["slice"],
        "services": [_service(entry, stack, digests[entry["name"]]) for entry in services],
        "source": _source(stack["source"]),
        "bases": build_bases(catalogue),
        "ca_bundle": stack["build"]["ca_bundle"],
        "health_targets": health_targets(catalogue),
        "databases": _databases(services),
        "volumes": _volumes(stack, services),
        "left_out": _left_out(catalogue),
        "entry_point": _entry_point(front, stack) if front else None,
    }


def _entry_point(front: dict[str, Any], stack: dict[str, Any]) -> dict[str, Any]:
    """Who is reached from outside, and where it finds what its Caddyfile names."""
    return {
        "service": front["name"],
        "config_dir": f"{stack['config']}/caddy",
        "mounts": authority_mounts(front, stack),
    }


def _service(entry: dict[str, Any], stack: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": entry["name"],
        "image": entry["image"],
        "build": build_plan(entry, stack) if entry["build"] else None,
        "depends_on": list(entry["depends_on"]),
        "databases": [{"server": database["server"], "name": database["name"]} for database in entry["databases"]],
        "migrates_data": entry["migrates_data"],
        "config": config,
        **({"job": True} if is_job(entry) else {}),
    }


def _source(source: dict[str, Any]) -> dict[str, Any] | None:
    """Where what is built comes from, for people who build by hand; a password in the address is theirs to know."""
    if not source["needed"]:
        return None
    repo = re.sub(r"^(\w+://)[^/@]*@", r"\1", source["repo"])
    return {"repo": repo, "version": source["version"], "dest": source["dest"]}


def _databases(services: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every server with the databases that some service needs on it."""
    wanted = [database for entry in services for database in entry["databases"]]
    return [
        {
            "service": entry["name"],
            "engine": entry["database_server"]["engine"],
            "user": entry["database_server"]["user"],
            "names": sorted({database["name"] for database in wanted if database["server"] == entry["name"]}),
        }
        for entry in services
        if entry["database_server"]
    ]


def _volumes(stack: dict[str, Any], services: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every named volume, who mounts it, how it is saved, and for one that is saved cold who stands still meanwhile."""
    users: dict[str, list[str]] = {}
    writers: dict[str, list[str]] = {}
    for entry in services:
        for volume in named_volumes(entry):
            users.setdefault(volume, []).append(entry["name"])
        for volume in {mount.source for mount in mounts(entry) if mount.named and not mount.read_only}:
            writers.setdefault(volume, []).append(entry["name"])
    found = []
    for volume in users:
        way = _way(volume, services)
        described = {"name": volume, "docker_name": docker_volume(stack, volume), "services": users[volume]}
        found.append({**described, "backup": way, **({"writers": writers.get(volume, [])} if way == "cold" else {})})
    return found


def _way(volume: str, services: list[dict[str, Any]]) -> str:
    """How a volume is saved; what no entry says is the data folder of a database server, which is dumped."""
    for kind, way in (("cold", "cold"), ("volumes", "files"), ("rebuildable", "rebuildable")):
        if any(volume in entry["backup"][kind] for entry in services):
            return way
    return "database"


def _left_out(catalogue: dict[str, Any]) -> list[dict[str, str]]:
    """Folders of the host that containers see and no backup holds; that of a database server is dumped."""
    stack = catalogue["stack"]
    folders = {mount.source for entry in catalogue["services"] for mount in mounts(entry) if not mount.named}
    folders -= data_folders_of_host(catalogue)
    return [
        {"what": folder, "why": _why(folder, stack)}
        for folder in sorted(folders)
        if not f"{folder}/".startswith(f"{stack['root']}/")
    ]


def _why(folder: str, stack: dict[str, Any]) -> str:
    if folder == stack["media_path"]:
        return "media folder, kept by its own storage"
    if folder == stack["acme_ca_root"]:
        return "root of the certificate authority, a file of the host"
    return "folder of the host, not part of the stack"
