# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the entry point's Caddy is told."""

from __future__ import annotations

import ipaddress
from itertools import groupby
from typing import Any

EVERYTHING_ELSE = "*"
# What browsers are told where a service does not tell them anything else.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
# Where the entry point finds the root of its authority: a path that no release changes.
AUTHORITY = "/etc/ssl/acme-ca-root.crt"
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


def caddy_site(catalogue: dict[str, Any]) -> dict[str, Any]:
    """All that a Caddyfile says: address, certificates, headers, and who gets which paths, the most specific first.

    ``mounts`` are files of the host that it names, as Docker mounts them.
    """
    stack = catalogue["stack"]
    production = stack["mode"] == "production"
    acme = uses_acme(stack)
    people = catalogue["basic_auth"]["people"]
    return {
        "address": stack["domain"] if production else ":80",
        "email": stack["acme_email"] if acme else "",
        "acme_ca": stack["acme_ca"] if acme else "",
        "acme_ca_root": AUTHORITY if acme and stack["acme_ca_root"] else "",
        "mounts": [mount for entry in catalogue["services"] for mount in authority_mounts(entry, stack)],
        "internal": production and stack["tls"] == "internal",
        "default_sni": stack["domain"] if production and _is_address(stack["domain"]) else "",
        "headers": {**(HSTS if production else {}), **HEADERS},
        "people": [{"name": person["name"], "hash": person["hash"]} for person in people],
        "handles": _handles(catalogue["services"], bool(people)),
    }


def uses_acme(stack: dict[str, Any]) -> bool:
    """Whether the site's certificate comes from an authority, and not from Caddy itself."""
    return stack["mode"] == "production" and stack["tls"] == "acme"


def authority_mounts(entry: dict[str, Any], stack: dict[str, Any]) -> list[str]:
    """What an entry mounts, besides its own volumes, to trust the authority."""
    wanted = entry["entry_point"] and uses_acme(stack) and stack["acme_ca_root"]
    return [f"{stack['acme_ca_root']}:{AUTHORITY}:ro"] if wanted else []


def _handles(services: list[dict[str, Any]], guarded: bool) -> list[dict[str, Any]]:
    """One for each run of neighbouring paths of a service, so that a longer path always comes before a shorter one."""
    routed = [(path, entry) for entry in services if entry["route"] for path in entry["route"]["paths"]]
    routed.sort(key=lambda pair: _specificity(pair[0]))
    handles: list[dict[str, Any]] = []
    for name, run in groupby(routed, key=lambda pair: pair[1]["name"]):
        pairs = list(run)
        route = pairs[0][1]["route"]
        paths = [path for path, _target in pairs if path != EVERYTHING_ELSE]
        handle = {
            "service": name,
            "upstream": f"{name}:{route['port']}",
            "health": route["health"],
            "guarded": guarded and route["basic_auth"],
        }
        if paths:
            handles.append({**handle, "matcher": f"@{name}-{len(handles) + 1}", "paths": paths})
        if len(paths) < len(pairs):
            handles.append({**handle, "matcher": "", "paths": []})
    return handles


def _specificity(path: str) -> tuple[bool, int, bool, str]:
    """Sorts the whole before the beginning of it, the longer before the shorter, everything else last."""
    return (path == EVERYTHING_ELSE, -len(path.rstrip("*")), path.endswith("*"), path)


def _is_address(domain: str) -> bool:
    try:
        ipaddress.ip_address(domain)
    except ValueError:
        return False
    return True
