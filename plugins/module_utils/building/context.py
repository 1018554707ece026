# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The folder that an image is built from: exactly what its name says, whatever else lies on the host."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ansible_collections.photosync.vps.plugins.module_utils.building.errors import ImageError
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Build

# Not /tmp, which often is memory.
ROOM = "/var/tmp"
_SUBMODULE = "160000"


@contextmanager
def source_of(service: str, plan: Build) -> Iterator[str]:
    """The folder with the source of a service; one that was taken out of git is removed again."""
    if plan.source.folder:
        yield plan.source.folder
        return
    with tempfile.TemporaryDirectory(prefix="photosync-build-", dir=ROOM) as folder:
        try:
            _check_out(plan.source.git, plan.content, folder)
        except CommandFailed as error:
            raise ImageError("reading the source of", service, str(error).splitlines()) from error
        yield os.path.join(folder, "source")


def _check_out(clone: str, tree: str, folder: str) -> None:
    """Write the files of a tree, past the clone's own working copy, which may be at another version or altered."""
    git = ["git", "-C", clone]
    target = os.path.join(folder, "source")
    os.mkdir(target)
    index = {"GIT_INDEX_FILE": os.path.join(folder, "index")}
    run([*git, "read-tree", tree], env=index, timeout=600)
    listed = run([*git, "ls-files", "--stage"], env=index, timeout=600).stdout
    modules = [line.partition("\t")[2] for line in listed.splitlines() if line.startswith(_SUBMODULE)]
    if modules:
        why = f"submodules are not part of it ({', '.join(modules)}); use stack_source_path"
        raise CommandFailed([*git, "checkout-index"], None, why=why)
    run([*git, f"--work-tree={target}", "checkout-index", "--all", f"--prefix={target}/"], env=index, timeout=600)
