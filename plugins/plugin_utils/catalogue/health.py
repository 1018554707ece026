# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to be well for the stack to be well: every container, and every public address as seen from outside."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.restore.endpoints import AUTHORITY
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.caddy import uses_acme
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import docker_volume
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import PROBE_HEADERS
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.mounts import Port, mounts, published

HTTP_TIMEOUT = 10
# Caddy renews when a third of a certificate's life is left; so little means that renewing has failed for long, be it
# one of 90 days or of 12 hours.
SHARE_VALID = 0.1
# Most jobs have ended by then, and whoever deploys hears at once of one that failed; a longer one is not waited for.
JOB_SECONDS = 10
EVERY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}


def health_targets(catalogue: dict[str, Any]) -> list[dict[str, Any]]:
    """Targets for the health engine."""
    stack = catalogue["stack"]
    # One for each service, not one for the project: a container that is not there has to be missed.
    containers = [
        {
            "name": entry["name"],
            "kind": "container",
            "project": stack["name"],
            "service": entry["name"],
            "depends_on": list(entry["depends_on"]),
            **({"min_uptime": JOB_SECONDS} if is_job(entry) else {}),
        }
        for entry in catalogue["services"]
    ]
    front = next((entry for entry in catalogue["services"] if entry["entry_point"]), None)
    if front is None:
        return containers
    common = _connection(stack, front)
    routed = [entry for entry in catalogue["services"] if entry["route"]]
    # A stack that names no probe is asked all the same: a proxy that reaches nobody is well by its own account.
    probed = [entry for entry in routed if entry["route"]["probe"]] or routed
    guarded = bool(catalogue["basic_auth"]["people"])
    return [*containers, *(_probe(entry, front, common, _credentials(entry, stack, guarded)) for entry in probed)]


def is_job(entry: dict[str, Any]) -> bool:
    """Whether a service does its work and ends: Docker does not start it again then, and nobody asks how it is."""
    return entry["restart"] in ("no", "on-failure") and entry["healthcheck"]["disable"]


def public_url(stack: dict[str, Any], front: dict[str, Any] | None) -> str:
    """Where the stack is reached, with the port where it is not the usual one."""
    usual = _usual_port(stack)
    port = _published_port(stack, front).host if front else usual
    return stack["url"] + ("" if port == usual else f":{port}")


def _usual_port(stack: dict[str, Any]) -> int:
    return 443 if stack["mode"] == "production" else 80


def _published_port(stack: dict[str, Any], front: dict[str, Any]) -> Port:
    """The port on which the entry point is reached; the usual one where none is published."""
    usual = _usual_port(stack)
    ports = published(front, stack["mode"])
    at = (port for port in ports if port.container == usual and port.protocol == "tcp")
    return next(at, Port("", usual, usual, "tcp"))


def _connection(stack: dict[str, Any], front: dict[str, Any]) -> dict[str, Any]:
    """How every probe reaches the entry point: on the host itself, so that it works before DNS has moved."""
    address = _published_port(stack, front).address
    common: dict[str, Any] = {"base": public_url(stack, front), "connect_to": EVERY_ADDRESS.get(address, address)}
    if stack["mode"] == "production" and stack["tls"] == "internal":
        data = next((mount.source for mount in mounts(front) if mount.named and mount.target == "/data"), None)
        if data:
            common |= {"ca_volume": docker_volume(stack, data), "ca_file": AUTHORITY}
    elif uses_acme(stack):
        common |= {"min_share_valid": SHARE_VALID, "certificate_from": front["name"]}
        if stack["acme_ca_root"]:
            common["ca_file"] = stack["acme_ca_root"]
    return common


def _credentials(entry: dict[str, Any], stack: dict[str, Any], guarded: bool) -> dict[str, str]:
    """Where a probe finds what it has to say at the door: not here, since this may be shown."""
    known = guarded and entry["route"]["basic_auth"]
    return {"headers_file": f"{stack['root']}/current/{PROBE_HEADERS}"} if known else {}


def _probe(
    entry: dict[str, Any], front: dict[str, Any], common: dict[str, Any], credentials: dict[str, str]
) -> dict[str, Any]:
    probe = entry["route"]["probe"] or _any_answer(entry["route"])
    connection = {key: value for key, value in common.items() if key != "base"}
    target = {
        "name": f"{entry['name']} from outside",
        "kind": "http",
        "url": common["base"] + probe["path"],
        "status": [str(status) for status in probe["status"]],
        "timeout": HTTP_TIMEOUT,
        "depends_on": [entry["name"], front["name"]],
        **connection,
        **credentials,
    }
    return {**target, **{key: probe[key] for key in ("json", "body") if probe[key]}}


def _any_answer(route: dict[str, Any]) -> dict[str, Any]:
    """A probe for who names none: whatever the service itself answers, short of an error of its own or of the proxy."""
    return {"path": "/" + route["paths"][0].strip("*").lstrip("/"), "status": ["100-499"], "json": {}, "body": None}
