# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Room on a disk, looked at before anything is written there.

On a repository's disk that is full restic tries again for a quarter of an hour, and fails; what else lies on it,
databases perhaps, cannot write meanwhile.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.common.files import free_bytes, states
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import is_local, local_path
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# What else writes to the disk meanwhile needs room too.
SPARE = 256 * 1024**2
# What restic keeps of a database: a dump holds no indexes, and compresses.
DUMP_SHARE = 0.25


def has_room(folder: str, needed: int) -> bool:
    """Whether so many bytes fit beside what is there, with some to spare."""
    return free_bytes(folder) >= needed + SPARE


def saved_bytes(spec: Spec) -> dict[str, int]:
    """Bytes of all files in each volume that a point holds, by the volume's name, counted as its manifest counts."""
    wanted = [volume for volume in spec.volumes if volume.backup in ("files", "cold")]
    paths = {volume.name: engine.mountpoint(volume.docker_name) for volume in wanted}
    return {
        name: sum(state.st_size for state in states(path) if stat.S_ISREG(state.st_mode))
        for name, path in paths.items()
        if path
    }


def needed(file_bytes: int, database_bytes: int, first: bool, file_bytes_before: Optional[int]) -> int:
    """Bytes that a point surely adds to its repository.

    The first holds everything; a later one what has come since. How much of a dump is new shows only when it is there.

    :param file_bytes_before: those of the last point that this host made; None where that is not known.
    """
    if first:
        return file_bytes + int(DUMP_SHARE * database_bytes)
    return 0 if file_bytes_before is None else max(0, file_bytes - file_bytes_before)


def in_volumes(spec: Spec, settings: Settings) -> list[str]:
    """Repositories that lie in a volume of the stack, in words: a restore of it would take them away."""
    if not any(is_local(one.repository) for one in settings.all()):
        return []
    paths = {volume.name: engine.mountpoint(volume.docker_name) for volume in spec.volumes}
    return list(_lying_in({f"volume {name}": path for name, path in paths.items() if path}, settings))


def refuse_inside(spec: Spec, settings: Settings) -> None:
    """Raise PointError where a repository lies in what is saved into it: each point would hold all before it."""
    saved = {path: path for path in [*settings.extra_paths, spec.etc_dir, spec.root]}
    found = in_volumes(spec, settings) + list(_lying_in(saved, settings))
    if found:
        raise PointError(
            f"{'; '.join(found)}: points would be saved into themselves, and a restore would take them away. Give it a"
            " place of its own, in backup_repository or backup_copies"
        )


def _lying_in(folders: dict[str, str], settings: Settings) -> Iterator[str]:
    for one in settings.all():
        place = os.path.realpath(local_path(one.repository)) if is_local(one.repository) else ""
        for name, folder in folders.items():
            if place and os.path.commonpath([place, os.path.realpath(folder)]) == os.path.realpath(folder):
                yield f"repository {one.name} ({local_path(one.repository)}) lies in {name}"


def refuse_full(repository: str, wanted: int = 0) -> None:
    """Raise PointError where so many bytes would leave too little on the disk; no server can be asked that."""
    if not is_local(repository):
        return
    folder = local_path(repository)
    if not has_room(folder, wanted):
        raise PointError(
            f"the disk of {repository} has {size(free_bytes(folder))} free; a point needs {size(wanted)} of it now, and"
            f" {size(SPARE)} have to stay free for whatever else writes there. Make room, have backup_retention keep"
            " fewer points, or give the repository a larger disk"
        )
