# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the parts of a deployed stack lie on its host."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Layout:
    """The folders of one stack.

    ``root`` holds ``releases/<digest>``, the link ``current`` to the one that serves, and ``config``: what
    containers mount, at paths that stay the same from one release to the next.
    """

    root: str

    @property
    def releases(self) -> str:
        """Folder of all releases kept on the host."""
        return os.path.join(self.root, "releases")

    @property
    def current(self) -> str:
        """Link to the release that serves."""
        return os.path.join(self.root, "current")

    @property
    def proxy_config(self) -> str:
        """Folder that the entry point mounts as its configuration."""
        return os.path.join(self.root, "config", "caddy")

    def release(self, digest: str) -> str:
        """Folder of the release with this digest."""
        return os.path.join(self.releases, digest)

    def current_digest(self) -> Optional[str]:
        """Digest of the release that serves, or None before the first deployment."""
        try:
            return os.path.basename(os.readlink(self.current))
        except OSError:
            return None


def drill_lock(state_dir: str) -> str:
    """Held by the drill that runs, and by what it has started, even after it was killed."""
    return os.path.join(state_dir, "drill.lock")


def sheet(state_dir: str) -> dict[str, str]:
    """The break-glass sheet that restore points carry, by its form."""
    return {
        "markdown": os.path.join(state_dir, "break-glass.md"),
        "html": os.path.join(state_dir, "break-glass.html"),
    }


def of_stack(stack: str) -> Layout:
    """Where the collection puts a stack of this name."""
    return Layout(os.path.join("/opt", stack))
