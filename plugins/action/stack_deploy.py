# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Deploy a release: tell the host who does it, and show how it goes while it does."""

from __future__ import annotations

from ansible_collections.photosync.vps.plugins.plugin_utils.progress import WatchedAction


class ActionModule(WatchedAction):
    """Runs the module of the same name."""
