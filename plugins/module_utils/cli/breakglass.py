# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The answer about the sheet for the day when nothing else is left: break-glass."""

from __future__ import annotations

import argparse

from ansible_collections.photosync.vps.plugins.module_utils.backup import config as backup_settings
from ansible_collections.photosync.vps.plugins.module_utils.cli.output import say
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import load, path_of


def break_glass(stack: str, asked: argparse.Namespace) -> int:
    """Print the sheet; with the passwords only when they are asked for."""
    from ansible_collections.photosync.vps.plugins.module_utils.breakglass import repository, sheet

    settings = backup_settings.load(backup_settings.path_of(stack))
    places = repository.of_settings(settings)
    texts = sheet.texts(load(path_of(stack)), settings.host, places, settings.extra_paths, asked.with_secrets)
    say(texts["html" if asked.html else "markdown"].rstrip("\n"))
    return 0
