# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Can a host make restore points that outlive it: disks of repositories, and a restic that is new enough."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from ansible_collections.photosync.vps.plugins.module_utils.common.files import nearest_folder
from ansible_collections.photosync.vps.plugins.module_utils.host.engine import DATA_ROOT
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Host, Problem, Request, problem
from ansible_collections.photosync.vps.plugins.module_utils.restic import client
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import is_local, local_path

BLOCK_DEVICES = "/sys/dev/block"
# Distributions whose own restic is new enough, and may be installed when the time comes.
DISTRIBUTIONS = {("debian", "13")}


def check_backup_place(request: Request, host: Host) -> Iterator[Problem]:
    """A disk that dies takes the data and its only copies along."""
    places = request.backup_repositories
    if places and host.backup_on_system_disk and len(host.backup_on_system_disk) == len(places):
        yield problem(
            "backup_repository",
            "{0} is on the disk of the system or of Docker: when it dies, data and restore points are lost".format(
                ", ".join(places)
            ),
            "name a repository elsewhere (SFTP, S3, rest-server, another disk), there or in backup_copies, or mount the"
            " disk that belongs there; or set backup_accept_local_only: true",
        )


def check_backup_tool(request: Request, host: Host) -> Iterator[Problem]:
    """Whoever cannot have a restic that is new enough should know before anything is installed."""
    if not request.backup_restic_needed or host.restic["sufficient"]:
        return
    found = (host.distribution.get("id", ""), host.distribution.get("version", ""))
    if found not in DISTRIBUTIONS and host.architecture not in request.backup_restic_architectures:
        have = "restic {0}".format(host.restic["version"]) if host.restic["version"] else "no restic"
        yield problem(
            "backup_restic_binaries",
            "the host has {0}, {1} or newer is needed, its distribution has none, nor is one named for {2}".format(
                have, host.restic["minimum"], host.architecture or "its architecture"
            ),
            "name restic's official binary for {0} there, or install a newer restic into /usr/local/bin".format(
                host.architecture or "it"
            ),
        )


def read_restic(needed: bool) -> dict:
    """Return what is known of the host's restic; not asked where nobody needs it."""
    return client.installed() if needed else {"version": "", "sufficient": True, "minimum": ""}


def on_system_disk(repositories: Sequence[str], folders: Iterable[str] = (DATA_ROOT,)) -> list[str]:
    """Return the local repositories that lie on a disk which also holds the system or Docker's data.

    :param folders: all in which Docker has something, or will have.
    """
    taken = set().union(*(disks(folder) for folder in ("/", *folders)))
    return [one for one in repositories if is_local(one) and disks(local_path(one)) & taken]


def disks(path: str) -> set[str]:
    """Return the disks under a path that need not exist yet; a file system without a disk counts as one of its own."""
    path = nearest_folder(path)
    device = os.stat(path).st_dev
    name = f"{os.major(device)}:{os.minor(device)}"
    place = os.path.realpath(os.path.join(BLOCK_DEVICES, name))
    return _whole(place) if os.path.isdir(place) else {name}


def _whole(place: str) -> set[str]:
    # A partition lies in its disk's folder; what LVM, RAID or encryption made of disks names these.
    slaves = os.path.join(place, "slaves")
    below = sorted(os.listdir(slaves)) if os.path.isdir(slaves) else []
    if below:
        return set().union(*(_whole(os.path.realpath(os.path.join(slaves, name))) for name in below))
    return {os.path.dirname(place) if os.path.exists(os.path.join(place, "partition")) else place}
