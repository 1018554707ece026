# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Take a drill away, whatever there is of it, and nothing else."""

from __future__ import annotations

import os
import shutil

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common import lock
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import PROJECT_LABEL
from ansible_collections.photosync.vps.plugins.module_utils.drill import room
from ansible_collections.photosync.vps.plugins.module_utils.drill.place import Place, place_of
from ansible_collections.photosync.vps.plugins.module_utils.restore import staging
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec


def refuse_namesake(place: Place) -> None:
    """Raise PointError where a stack is deployed that bears the drill's name: its data would be taken for a drill's."""
    if os.path.exists(place.namesake):
        raise PointError(
            f"a drill of {place.stack} would be called {place.project}, and a stack of that name lies in"
            f" {place.namesake}; give that stack another name, or drill on another host"
        )


def destroy(place: Place) -> None:
    """Remove containers, volumes, networks, slice and files of a drill; raises PointError for what stays.

    The folder goes last: as long as it is there, the next drill or backup looks for what is left.
    """
    if not os.path.isdir(place.folder):
        return
    refuse_namesake(place)
    said = []
    for step in (_containers, _volumes, _networks, room.take_back):
        try:
            step(place)
        except (CommandFailed, OSError) as error:
            said.append(str(error))
    if said:
        raise PointError("\n".join([f"the drill {place.project} could not be removed:", *said]))
    shutil.rmtree(place.folder)


def clear(spec: Spec, progress: Progress) -> None:
    """Remove what a drill that was killed has left; one that runs is let alone, and nothing here is an error."""
    place = place_of(spec)
    if not os.path.isdir(place.folder):
        return
    try:
        with lock.exclusive(place.lock, "removing what a drill left"):
            progress("removing what an earlier drill left")
            destroy(place)
    except lock.Busy:
        progress("a drill is running beside this")
    except (PointError, OSError) as error:
        progress(str(error))


def _containers(place: Place) -> None:
    found = _listed(["docker", "ps", "--all", "--quiet"], place)
    if found:
        run(["docker", "rm", "--force", "--volumes", *found], timeout=120)


def _volumes(place: Place) -> None:
    for name in _listed(["docker", "volume", "ls", "--quiet"], place):
        path = engine.mountpoint(name)
        if path:
            staging.clear(path)
        run(["docker", "volume", "rm", "--force", name], timeout=600)


def _networks(place: Place) -> None:
    found = _listed(["docker", "network", "ls", "--quiet"], place)
    if found:
        run(["docker", "network", "rm", *found], timeout=60)


def _listed(argv: list[str], place: Place) -> list[str]:
    return run([*argv, "--filter", f"label={PROJECT_LABEL}={place.project}"], timeout=60).stdout.split()
