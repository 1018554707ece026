# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All files of a release, from a resolved catalogue. What is in them decides its digest, to the byte."""

from __future__ import annotations

from typing import Any

from ansible.plugins.filter.core import to_nice_json, to_nice_yaml
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import (
    compose_base,
    compose_development,
    compose_production,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import release_env_files
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.recipes import release_recipes
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.sources import with_sources
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.spec import stack_spec

WRITTEN = "# Written by the Ansible collection photosync.vps. The next run undoes changes made here.\n"
BASE = """\
# What both modes share. The file .env beside this one names all files, so "docker compose" needs no arguments here.
"""
PRODUCTION = "# What production adds: limits, reservations, and the ports of the entry point.\n"
DEVELOPMENT = "# What development adds: every service's port on 127.0.0.1, and no limits.\n"


def release_files(
    catalogue: dict[str, Any], caddyfile: str, source: dict[str, Any], engine_version: str, plan: dict[str, Any]
) -> list[dict[str, str]]:
    """The files, for the module release.

    :param caddyfile: the content of that file, which is a template.
    :param source: what the host has to build from, which images that are built are named by.
    :param engine_version: the host's Docker engine.
    :param plan: what each service may take.
    """
    named = with_sources(catalogue, source)
    base = WRITTEN + BASE + _yaml(compose_base(named, engine_version, plan))
    mode_file, added = _mode(catalogue, plan)
    compose = f"COMPOSE_PROJECT_NAME={catalogue['stack']['name']}\nCOMPOSE_FILE=compose.yaml:{mode_file}\n"
    contents = {
        "compose.yaml": base,
        mode_file: WRITTEN + added,
        "Caddyfile": caddyfile,
        ".env": WRITTEN + compose,
        "stack.json": to_nice_json(stack_spec(named, engine_version, plan)),
    }
    files = [{"path": path, "content": content.rstrip() + "\n"} for path, content in contents.items()]
    return [*files, *release_recipes(named), *release_env_files(catalogue)]


def _mode(catalogue: dict[str, Any], plan: dict[str, Any]) -> tuple[str, str]:
    """The name of the file that the stack's mode adds, and what is in it."""
    if catalogue["stack"]["mode"] == "production":
        return "compose.prod.yaml", PRODUCTION + _yaml(compose_production(catalogue, plan))
    return "compose.override.yaml", DEVELOPMENT + _yaml(compose_development(catalogue))


def _yaml(document: dict[str, Any]) -> str:
    return to_nice_yaml(document, indent=2, width=200, sort_keys=False)
