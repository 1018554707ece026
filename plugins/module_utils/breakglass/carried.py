# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The newest sheet, without secrets, where every restore point carries it from."""

from __future__ import annotations

import os

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Settings
from ansible_collections.photosync.vps.plugins.module_utils.breakglass import repository, sheet
from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.stack import paths
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec


def lay(spec: Spec, settings: Settings) -> list[str]:
    """Write the sheet anew; returns the paths of its files."""
    os.makedirs(spec.state_dir, mode=0o700, exist_ok=True)
    places = repository.of_settings(settings)
    texts = sheet.texts(spec, settings.host, places, settings.extra_paths, secrets=False)
    laid = paths.sheet(spec.state_dir)
    for form, path in laid.items():
        write_atomically(path, texts[form])
    return list(laid.values())
