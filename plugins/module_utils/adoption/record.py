# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a container again that was removed, from what the engine said of it while it was there.

Compose knows containers by their labels, and nobody can change a label: containers of a project that has the stack's
own name would be replaced by it. So they are removed before, and made again where the adoption fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The engine adds this much of a number to the aliases by itself.
_SHORT_ID = 12


def creation(container: Mapping[str, Any], image: str = "") -> dict[str, Any]:
    """The request that makes a container like this one, on the same volumes and, if any, on its first network.

    :param image: what to call its image; its number when empty, since a tag may mean another image by now.
    """
    host = dict(container["HostConfig"])
    places = {mount["Destination"]: mount["Name"] for mount in container["Mounts"] if mount["Type"] == "volume"}
    # Volumes without a name of their own: asked for in the same words, the engine would make new ones.
    host["Mounts"] = [_named(mount, places) for mount in host.get("Mounts") or []]
    host["Binds"] = [*(host.get("Binds") or []), *_declared(host, places)]
    first = dict(list(endpoints(container).items())[:1])
    return {
        **container["Config"],
        "Image": image or container["Image"],
        "HostConfig": host,
        "NetworkingConfig": {"EndpointsConfig": first},
    }


def endpoints(container: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The networks that a container is on, the one that it was made with first, and the names it has there."""
    joined = container["NetworkSettings"].get("Networks") or {}
    mode = container["HostConfig"].get("NetworkMode", "")
    if mode in ("host", "none", "default", "bridge") or mode.startswith("container:"):
        return {}
    names = sorted(joined, key=lambda name: (name != mode, name))
    return {name: {"Aliases": _aliases(container, joined[name])} for name in names}


def network_creation(network: Mapping[str, Any]) -> dict[str, Any]:
    """The request that makes a network like this one."""
    wanted = ("Name", "Driver", "Internal", "Attachable", "EnableIPv6", "IPAM", "Options", "Labels")
    return {key: network[key] for key in wanted if network.get(key) is not None}


def _named(mount: Mapping[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    source = mount.get("Source") or (places.get(mount["Target"]) if mount["Type"] == "volume" else None)
    return {**mount, **({"Source": source} if source else {})}


def _declared(host: Mapping[str, Any], places: Mapping[str, str]) -> list[str]:
    """Mounts of volumes that only the image asks for."""
    said = [bind.split(":")[1] for bind in host.get("Binds") or []] + [mount["Target"] for mount in host["Mounts"]]
    return [f"{name}:{target}" for target, name in places.items() if target not in said]


def _aliases(container: Mapping[str, Any], endpoint: Mapping[str, Any]) -> list[str]:
    own = container["Id"][:_SHORT_ID]
    return [alias for alias in endpoint.get("Aliases") or [] if alias != own]
