# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release turned into one that can stand beside it: another project, no way out or in, nothing of it shared."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.drill.place import Place
from ansible_collections.photosync.vps.plugins.module_utils.drill.room import OOM_SCORE
from ansible_collections.photosync.vps.plugins.module_utils.restore import target
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# Bytes of the disk that stay free for what serves.
SPARE = 1024**3
# What would reach the world outside, follow sources, or make an image anew.
DROPPED = ("ports", "container_name", "build", "develop", "networks", "network_mode")
# Where Caddy keeps certificates and its own authority.
DATA = "/data"
AUTHORITY_OPTION = re.compile(r"\s*(email|acme_\w+|local_certs|skip_install_trust)(\s|$)")
OWN_AUTHORITY = ["\tlocal_certs", "\tskip_install_trust"]


def compose_file(
    config: dict[str, Any], place: Place, config_dir: str, is_socket: Callable[[str], bool]
) -> dict[str, Any]:
    """The Compose file of a drill.

    Ports are dropped, networks made internal, volumes given other names; folders of the host are mounted read-only, the
    entry point's configuration from the drill's own copy; sockets of the host not at all.

    :param config: what ``docker compose config`` says of the release.
    :param config_dir: the entry point's configuration, as the release mounts it; empty where there is none.
    """
    moved = {config_dir: place.config_dir} if config_dir else {}
    volumes = {name: {"name": volume_name(place, name)} for name in config.get("volumes") or {}}
    return {
        "name": place.project,
        "networks": {"default": {"name": f"{place.project}_default", "internal": True}},
        **({"volumes": volumes} if volumes else {}),
        "services": {name: _service(service, place, moved, is_socket) for name, service in config["services"].items()},
    }


def volume_name(place: Place, volume: str) -> str:
    """The engine's name of a volume in a drill."""
    return f"{place.project}_{volume}"


def _service(
    service: dict[str, Any], place: Place, moved: dict[str, str], is_socket: Callable[[str], bool]
) -> dict[str, Any]:
    kept = {key: value for key, value in service.items() if key not in DROPPED}
    mounts = [_mount(mount, moved) for mount in service.get("volumes") or [] if not is_socket(mount.get("source", ""))]
    return {
        **kept,
        "volumes": mounts,
        "cgroup_parent": place.slice,
        "oom_score_adj": OOM_SCORE,
        # The images are those that serve; a drill fetches none.
        "pull_policy": "never",
        # Whatever happens to the host, what is left of a drill does not come back with it.
        "restart": "no" if service.get("restart", "no") == "no" else "on-failure",
    }


def _mount(mount: dict[str, Any], moved: dict[str, str]) -> dict[str, Any]:
    if mount["type"] != "bind":
        return mount
    return {**mount, "source": moved.get(mount["source"], mount["source"]), "read_only": True}


def target_of(spec: Spec, config: dict[str, Any], place: Place, memory_limit: int) -> Target:
    """The stack's description as the phases of a restore take it, for the drill of it.

    :param config: what ``docker compose config`` says of the release.
    :param memory_limit: bytes that all of the drill may take.
    """
    return replace(
        target.of(spec),
        stack=place.project,
        drill_of=spec.stack,
        root=place.root,
        state_dir=place.folder,
        slice=place.slice,
        memory_limit=memory_limit,
        disk_spare=SPARE,
        volumes=[replace(volume, docker_name=volume_name(place, volume.name)) for volume in spec.volumes],
        health_targets=[_target(one, spec, place) for one in spec.health_targets],
        entry_point=spec.entry_point and replace(spec.entry_point, config_dir=place.config_dir),
        published=not spec.entry_point,
        data_volume=_data_volume(spec, config, place),
    )


def _data_volume(spec: Spec, config: dict[str, Any], place: Place) -> str:
    """The volume with the reverse proxy's own authority; empty where it keeps none."""
    if not spec.entry_point:
        return ""
    mounts = config["services"][spec.entry_point.service].get("volumes") or []
    data = next((mount["source"] for mount in mounts if mount["type"] == "volume" and mount["target"] == DATA), "")
    return volume_name(place, data) if data else ""


def _target(asked: dict[str, Any], spec: Spec, place: Place) -> dict[str, Any]:
    if asked["kind"] == "container":
        return {**asked, "project": place.project}
    # Of the authority that issues to the public nothing can be said in a drill.
    dropped = ("min_share_valid", "min_days_valid", "certificate_from", "ca_file", "ca_volume")
    kept = {key: value for key, value in asked.items() if key not in dropped}
    if "headers_file" in kept:
        inside = os.path.relpath(kept["headers_file"], spec.root)
        kept["headers_file"] = os.path.join(place.root, inside)
    return kept


def caddyfile(text: str) -> str:
    """A Caddyfile with the same sites, whose certificates come from Caddy's own authority alone."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if line.strip() and not line.startswith("#")), 0)
    if not lines or lines[start].strip() != "{":
        return "\n".join(["{", *OWN_AUTHORITY, "}", *lines]) + "\n"
    end = next(number for number, line in enumerate(lines) if number > start and line == "}")
    options = [line for line in lines[start + 1 : end] if not AUTHORITY_OPTION.match(line)]
    return "\n".join([*lines[: start + 1], *OWN_AUTHORITY, *options, *lines[end:]]) + "\n"
