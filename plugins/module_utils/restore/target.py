# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a point is restored to: the stack that serves, what a drill lays beside it, or a host with no release yet."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass

from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import PROJECT_LABEL
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, Volume, load, path_of


@dataclass(frozen=True)
class Target(Spec):
    """A stack as a restore knows it.

    :param bare: no release of it is here yet, so that nobody knows its services.
    :param drill_of: the stack that is drilled; empty where this is no drill.
    :param memory_limit: bytes that all of it may take together; 0 without a limit.
    :param disk_spare: bytes of the disk that have to stay free.
    :param published: whether its reverse proxy publishes ports on the host.
    :param data_volume: the volume in which its reverse proxy keeps its own authority, where it publishes none.
    """

    bare: bool = False
    drill_of: str = ""
    memory_limit: int = 0
    disk_spare: int = 0
    published: bool = True
    data_volume: str = ""

    @property
    def points_of(self) -> str:
        """The stack whose points are restored here."""
        return self.drill_of or self.stack


def of(spec: Spec) -> Target:
    """The stack that serves as what is restored into."""
    return Target(**{field.name: getattr(spec, field.name) for field in dataclasses.fields(spec)})


def here(stack: str) -> Target:
    """The deployed release of a stack; where there is none yet, what a plan can go by."""
    path = path_of(stack)
    return of(load(path)) if os.path.exists(path) else _bare(stack)


def _bare(stack: str) -> Target:
    """What is known of a stack on a host that has no release of it: the volumes that somebody left, if any."""
    label = f"label={PROJECT_LABEL}={stack}"
    names = run(["docker", "volume", "ls", "--quiet", "--filter", label]).stdout.split()
    volumes = [Volume(name, docker_name=name, backup="files") for name in names]
    return Target(stack, os.path.join("/var/lib", stack), volumes=volumes, bare=True)
