# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Backup: show how far it is while it runs."""

from __future__ import annotations

from ansible_collections.photosync.vps.plugins.plugin_utils.progress import WatchedAction


class ActionModule(WatchedAction):
    """Runs the module of the same name."""
