# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What this host has noted of its repositories and points. Imports little, so that who only asks sends little."""

from __future__ import annotations

import os

from ansible_collections.photosync.vps.plugins.module_utils.common import state


def publishes_path(state_dir: str) -> str:
    """The file with the repositories that this host has added points to."""
    return os.path.join(state_dir, "publishes-to.json")


def verified_path(state_dir: str) -> str:
    """The file with the points that this host has verified."""
    return os.path.join(state_dir, "verified.json")


def publishes_to(state_dir: str) -> list[str]:
    """The addresses of the repositories that this host has added points to, or was restored from."""
    return state.read(publishes_path(state_dir), [])


def verified(state_dir: str) -> dict[str, str]:
    """The points that were verified on this host and found good, with the time."""
    return state.read(verified_path(state_dir), {})


def was_relied_on(state_dir: str, repository: str) -> bool:
    """Whether this host has added to the repository or was restored from it, and verified a point; asks nobody."""
    return repository in publishes_to(state_dir) and bool(verified(state_dir))
