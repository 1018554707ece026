# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All checks that a schema cannot express, in the order in which somebody would repair what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.addresses import (
    check_addresses,
    check_media_path,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.databases import check_databases
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.dependencies import check_dependencies
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.development import check_watch
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.healthchecks import (
    check_commands,
    check_healthchecks,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.images import (
    check_builds,
    check_images,
    check_source,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.names import check_names
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.people import check_people
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.ports import check_ports
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.quantities import check_quantities
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.routes import check_routes
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.secrets import check_secrets
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.variables import check_variables
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.volumes import check_volumes
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem

Check = Callable[[dict[str, Any], frozenset[str]], Iterator[Problem]]

CHECKS: tuple[Check, ...] = (
    check_names,
    check_addresses,
    check_media_path,
    check_secrets,
    check_people,
    check_images,
    check_source,
    check_watch,
    check_builds,
    check_dependencies,
    check_databases,
    check_volumes,
    check_ports,
    check_routes,
    check_healthchecks,
    check_commands,
    check_variables,
    check_quantities,
)


def check(catalogue: dict[str, Any], names: frozenset[str]) -> list[Problem]:
    """Everything wrong with the well-formed entries of a catalogue; ``names`` are those of the malformed ones too."""
    return [found for one in CHECKS for found in one(catalogue, names)]
