# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a drill takes place: names and folders of its own, all of them from those of the stack."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import drill_lock
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec


@dataclass(frozen=True)
class Place:
    """What a drill of one stack is called and where it lies; nothing of it is the stack's own.

    :param stack: the stack that serves.
    :param state_dir: the stack's state folder.
    :param parent: the stack's slice, in which the drill's lies.
    """

    stack: str
    state_dir: str
    parent: str

    @property
    def project(self) -> str:
        """The drill's Compose project."""
        return f"{self.stack}-drill"

    @property
    def folder(self) -> str:
        """All files of a drill; it is there as long as anything of a drill may be."""
        return os.path.join(self.state_dir, "drill")

    @property
    def root(self) -> str:
        """Like the stack's own root: ``current`` and ``config``."""
        return os.path.join(self.folder, "root")

    @property
    def current(self) -> str:
        """The release that the drill starts."""
        return os.path.join(self.root, "current")

    @property
    def config_dir(self) -> str:
        """What the entry point mounts as its configuration."""
        return os.path.join(self.root, "config", "caddy")

    @property
    def slice(self) -> str:
        """The drill's slice. What comes before the last hyphen names the slice that it lies in."""
        return f"{self.parent.rpartition('.')[0]}-drill.slice"

    @property
    def lock(self) -> str:
        """Held by the drill that runs, and by what it has started, even after it was killed."""
        return drill_lock(self.state_dir)

    @property
    def namesake(self) -> str:
        """Where a stack that is called like the drill would be deployed."""
        return os.path.join("/opt", self.project)


def place_of(spec: Spec) -> Place:
    """The place of the drills of a stack."""
    parent = spec.slice or f"{spec.stack}.slice"
    return Place(spec.stack, spec.state_dir, parent)
