# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filters, each made by the function of its name; its documentation is the file of its name beside this one.

Ansible compiles every Python file of this folder, and all that it imports, for every task that uses any filter. So
there is one file, and what a filter is made of is imported when it is used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

UTILS = "ansible_collections.photosync.vps.plugins.plugin_utils"
# The module of plugin_utils that each filter's function is in.
MADE_IN = {
    "adopted_variables": "adoption",
    "break_glass": "break_glass",
    "caddy_site": "catalogue.caddy",
    "docker_wanted": "docker.packages",
    "health_targets": "catalogue.health",
    "host_limits": "slices",
    "inventory_path": "inventory",
    "preflight_report": "preflight.report",
    "release_files": "catalogue.release",
    "secret_values": "catalogue.masks",
    "source_request": "catalogue.sources",
    "stack_spec": "catalogue.spec",
}


def made(name: str) -> Callable[..., Any]:
    """The function that a filter is made by."""
    return getattr(importlib.import_module(f"{UTILS}.{MADE_IN[name]}"), name)


def _when_used(name: str) -> Callable[..., Any]:
    def call(*given: Any, **named: Any) -> Any:
        return made(name)(*given, **named)

    return call


class FilterModule:
    """All of them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By name."""
        return {name: _when_used(name) for name in MADE_IN}
