# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the entry point's Caddy is told."""

from __future__ import annotations

import ipaddress
from itertools import groupby
from typing import Any

EVERYTHING_ELSE = "*"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


def caddy_site(catalogue: dict[str, Any]) -> dict[str, Any]:
    """All that a Caddyfile says: address, certificates, headers, and who gets which paths, the most specific first."""
    stack = catalogue["stack"]
    production = stack["mode"] == "production"
    return {
        "address": stack["domain"] if production else ":80",
        "email": stack["acme_email"] if production and stack["tls"] == "acme" else "",
        "internal": production and stack["tls"] == "internal",
        "default_sni": stack["domain"] if production and _is_address(stack["domain"]) else "",
        "headers": {**(HSTS if production else {}), **HEADERS},
        "handles": _handles(catalogue["services"]),
    }


def _handles(services: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One for each run of neighbouring paths of a service, so that a longer path always comes before a shorter one."""
    routed = [(path, entry) for entry in services if entry["route"] for path in entry["route"]["paths"]]
    routed.sort(key=lambda pair: _specificity(pair[0]))
    handles: list[dict[str, Any]] = []
    for name, run in groupby(routed, key=lambda pair: pair[1]["name"]):
        pairs = list(run)
        route = pairs[0][1]["route"]
        paths = [path for path, _target in pairs if path != EVERYTHING_ELSE]
        handle = {"service": name, "upstream": f"{name}:{route['port']}", "health": route["health"]}
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
