# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The break-glass sheet, from what the controller knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.breakglass import repository, sheet
from ansible_collections.photosync.vps.plugins.module_utils.stack import spec
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.spec import stack_spec


def break_glass(
    catalogue: dict[str, Any], places: Mapping[str, Any], host: str, extra_paths: Sequence[str] = ()
) -> dict[str, str]:
    """The sheet in both forms, as ``markdown`` and ``html``."""
    return sheet.texts(spec.of(stack_spec(catalogue)), host, repository.of_variables(places), list(extra_paths))
