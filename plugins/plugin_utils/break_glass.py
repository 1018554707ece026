# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The break-glass sheet, from what the controller knows."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.breakglass import repository, sheet
from ansible_collections.photosync.vps.plugins.module_utils.stack import spec
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.spec import stack_spec


def break_glass(
    catalogue: dict[str, Any], file: str, places: Mapping[str, Any], host: str, extra_paths: Sequence[str] = ()
) -> dict[str, str]:
    """The sheet by the files it is meant for: ``file`` in Markdown, and beside it a page that ends in ``.html``."""
    texts = sheet.texts(spec.of(stack_spec(catalogue)), host, repository.of_variables(places), list(extra_paths))
    return {file: texts["markdown"], f"{os.path.splitext(file)[0]}.html": texts["html"]}
