# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the host asks an entry point that publishes no port: at its own address, in a network that leads nowhere."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose, engine
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# In Caddy's data, the root of its own authority.
AUTHORITY = "caddy/pki/authorities/local/root.crt"
PORTS = {"https": 443, "http": 80}
ADDRESSES = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"


def located(target: Target) -> Spec:
    """The description with targets that lead to where the entry point is; the same where it publishes its ports."""
    front = target.entry_point
    if not front or target.published:
        return target
    address, authority = _address(target.stack, front.service), _authority(target.data_volume)
    return replace(target, health_targets=[aimed(one, address, authority) for one in target.health_targets])


def aimed(target: dict[str, Any], address: str, authority: str) -> dict[str, Any]:
    """A target that asks this address, and trusts this authority; without one nothing is said of certificates."""
    if target["kind"] != "http":
        return target
    target = {name: value for name, value in target.items() if name not in ("ca_volume", "ca_file")}
    scheme = urlsplit(target["url"]).scheme
    reached = {**target, "connect_to": f"{address}:{PORTS[scheme]}"}
    if scheme == "http":
        return reached
    return {**reached, "ca_file": authority} if authority else {**reached, "verify_tls": False}


def _address(stack: str, service: str) -> str:
    for container in compose.containers(stack):
        if container.service == service and container.state == "running":
            found = run(["docker", "inspect", "--format", ADDRESSES, container.id]).stdout.split()
            if found:
                return found[0]
    raise PointError(f"{service} has no address in the network of {stack}: it does not run")


def _authority(data: str) -> str:
    path = engine.mountpoint(data) if data else None
    return os.path.join(path, AUTHORITY) if path else ""
