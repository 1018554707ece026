# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be well for the stack to be well: every container, and every public address as seen from outside."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import docker_volume
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.mounts import mounts, published

HTTP_TIMEOUT = 10
# Caddy renews at a third of the lifetime; this little left means that renewing has failed for weeks.
DAYS_VALID = 7


def health_targets(catalogue: dict[str, Any], docker_root: str = "/var/lib/docker") -> list[dict[str, Any]]:
    """Targets for the health engine.

    :param docker_root: the engine's folder, where the certificate of an internal authority is found.
    """
    stack = catalogue["stack"]
    # One for each service, not one for the project: a container that is not there has to be missed.
    containers = [
        {"name": entry["name"], "kind": "container", "project": stack["name"], "service": entry["name"]}
        for entry in catalogue["services"]
    ]
    front = next((entry for entry in catalogue["services"] if entry["entry_point"]), None)
    if front is None:
        return containers
    common = _connection(stack, front, docker_root)
    probes = [_probe(entry, common) for entry in catalogue["services"] if entry["route"] and entry["route"]["probe"]]
    return [*containers, *probes]


def public_url(stack: dict[str, Any], front: dict[str, Any] | None) -> str:
    """Where the stack is reached, with the port where it is not the usual one."""
    usual = 443 if stack["mode"] == "production" else 80
    ports = published(front, stack["mode"]) if front else []
    port = next((port.host for port in ports if port.container == usual and port.protocol == "tcp"), usual)
    return stack["url"] + ("" if port == usual else f":{port}")


def _connection(stack: dict[str, Any], front: dict[str, Any], docker_root: str) -> dict[str, Any]:
    """How every probe reaches the entry point: on the host itself, so that it works before DNS has moved."""
    common: dict[str, Any] = {"base": public_url(stack, front), "connect_to": "127.0.0.1"}
    if stack["mode"] == "production" and stack["tls"] == "internal":
        data = next((mount.source for mount in mounts(front) if mount.named and mount.target == "/data"), None)
        if data:
            folder = f"{docker_root}/volumes/{docker_volume(stack, data)}/_data"
            common["ca_file"] = f"{folder}/caddy/pki/authorities/local/root.crt"
    elif stack["mode"] == "production":
        common["min_days_valid"] = DAYS_VALID
    return common


def _probe(entry: dict[str, Any], common: dict[str, Any]) -> dict[str, Any]:
    probe = entry["route"]["probe"]
    connection = {key: value for key, value in common.items() if key != "base"}
    target = {
        "name": f"{entry['name']} from outside",
        "kind": "http",
        "url": common["base"] + probe["path"],
        "status": [str(status) for status in probe["status"]],
        "timeout": HTTP_TIMEOUT,
        **connection,
    }
    return {**target, **{key: probe[key] for key in ("json", "body") if probe[key]}}
