# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be said about a health check: names, types and defaults, in the vocabulary of Ansible's argument specs.

The modules hand these to Ansible, ``targets.parse_targets`` reads plain dicts by them: the facts stand here only.
Words for people are in ``plugins/doc_fragments/health.py``.
"""

from __future__ import annotations

from typing import Any

TARGET: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "kind": {"type": "str", "required": True, "choices": ["http", "tcp", "container", "command"]},
    "timeout": {"type": "float", "default": 5.0},
    "depends_on": {"type": "list", "elements": "str"},
    "url": {"type": "str"},
    "method": {"type": "str", "default": "GET", "choices": ["GET", "HEAD", "OPTIONS", "POST"]},
    "headers": {"type": "dict", "no_log": True},
    "headers_file": {"type": "path"},
    "status": {"type": "list", "elements": "str", "default": ["200"]},
    "body": {"type": "str"},
    "json": {"type": "dict"},
    "connect_to": {"type": "str"},
    "server_name": {"type": "str"},
    "verify_tls": {"type": "bool", "default": True},
    "ca_file": {"type": "path"},
    "ca_volume": {"type": "str"},
    "min_days_valid": {"type": "float"},
    "min_share_valid": {"type": "float"},
    "certificate_from": {"type": "str"},
    "host": {"type": "str"},
    "port": {"type": "int"},
    "container": {"type": "str"},
    "project": {"type": "str"},
    "service": {"type": "str"},
    "min_uptime": {"type": "float", "default": 1.0},
    "restarts": {"type": "int", "default": 3},
    "command": {"type": "list", "elements": "str"},
}

COMMON: tuple[str, ...] = ("name", "kind", "timeout", "depends_on")

# What each kind takes besides COMMON, and which settings it cannot do without: one of each group.
SETTINGS: dict[str, tuple[str, ...]] = {
    "http": (
        "url",
        "method",
        "headers",
        "headers_file",
        "status",
        "body",
        "json",
        "connect_to",
        "server_name",
        "verify_tls",
        "ca_file",
        "ca_volume",
        "min_days_valid",
        "min_share_valid",
        "certificate_from",
    ),
    "tcp": ("host", "port"),
    "container": ("container", "project", "service", "min_uptime", "restarts"),
    "command": ("command",),
}
NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "http": (("url",),),
    "tcp": (("host",), ("port",)),
    "container": (("container", "project"),),
    "command": (("command",),),
}

# Settings that are numbers: least and greatest value.
RANGES: dict[str, tuple[float, float]] = {
    "timeout": (0.001, 3600),
    "port": (1, 65535),
    "min_days_valid": (0, 36500),
    "min_share_valid": (0, 1),
    "min_uptime": (0, 3600),
    "restarts": (0, 1000),
}

# Arguments of both modules, and of the one that waits.
ONE_PASS: dict[str, dict[str, Any]] = {
    "targets": {"type": "list", "elements": "dict", "required": True, "options": TARGET},
    "depends_on": {"type": "dict"},
    "stack": {"type": "str", "default": ""},
    "log_lines": {"type": "int", "default": 10},
    "secrets": {"type": "list", "elements": "str", "default": [], "no_log": True},
}
WAITING: dict[str, dict[str, Any]] = {
    "timeout": {"type": "float", "default": 60.0},
    "successes": {"type": "int", "default": 1},
    "fail_fast": {"type": "bool", "default": True},
    "accept_pending_after": {"type": "float"},
}
