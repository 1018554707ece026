# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lay a release on the host beside the one that serves, check it, and make it the current one."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence

from ansible_collections.photosync.vps.plugins.module_utils.common.files import link_atomically, write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.deploy.content import (
    Change,
    ReleaseFile,
    differing,
    mode_of,
    read,
    stray,
)
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout

CADDYFILE = "Caddyfile"
PRIVATE = 0o700


class InvalidRelease(Exception):
    """Docker Compose refuses the rendered files; nothing that serves was touched."""


def stage(layout: Layout, name: str, files: Sequence[ReleaseFile]) -> bool:
    """Write the release's folder where it is missing, incomplete or altered; returns whether anything was written.

    A release that an interrupted run left half written is completed; one that somebody edited is set right.
    """
    folder = layout.release(name)
    superfluous = stray(folder, files)
    wanting = differing(folder, files)
    for file in wanting:
        path = os.path.join(folder, file.path)
        _make_folder(os.path.dirname(path), layout.root)
        write_atomically(path, file.content, file.mode)
    for name_of_file in superfluous:
        os.unlink(os.path.join(folder, name_of_file))
    return bool(wanting or superfluous)


def validate(layout: Layout, name: str) -> None:
    """Let Docker Compose read the staged release; raises InvalidRelease with what it says.

    The rendered result is discarded: it would show secrets.
    """
    if shutil.which("docker") is None:
        return
    try:
        run(["docker", "compose", "config", "--quiet"], cwd=layout.release(name), timeout=60)
    except CommandFailed as error:
        raise InvalidRelease(f"Docker Compose refuses release {name}: {error.stderr.strip() or error}") from error


def out_of_place(layout: Layout, name: str, caddyfile: str) -> list[Change]:
    """What has to change for the release to be the one that serves, besides its own folder.

    The link, what the entry point reads, and that nobody but root looks into the stack's folder.
    """
    mode, serving = mode_of(layout.root), layout.current_digest()
    found = [
        Change(layout.root, f"mode: {mode or 0:04o}\n", f"mode: {PRIVATE:04o}\n"),
        Change(layout.current, f"releases/{serving}\n" if serving else "", f"releases/{name}\n"),
        Change(_installed_caddyfile(layout), read(_installed_caddyfile(layout)), caddyfile),
    ]
    return [change for change in found if change.before != change.after]


def in_place(layout: Layout, name: str) -> bool:
    """Whether the release is the current one and the entry point reads its Caddyfile."""
    return not out_of_place(layout, name, _caddyfile(layout, name))


def switch(layout: Layout, name: str) -> None:
    """Make the release the current one and put its Caddyfile where the entry point reads it.

    What needs room on the disk is written first; then there are only two renames.
    """
    _make_folder(layout.proxy_config, layout.root)
    wanted = _caddyfile(layout, name)
    staged = _installed_caddyfile(layout) + ".staged"
    # One that a killed deployment left behind is of another release.
    with contextlib.suppress(FileNotFoundError):
        os.unlink(staged)
    if read(_installed_caddyfile(layout)) != wanted:
        write_atomically(staged, wanted, 0o644)
    if layout.current_digest() != name:
        link_atomically(layout.current, os.path.join("releases", name))
    if os.path.exists(staged):
        os.replace(staged, _installed_caddyfile(layout))


def _caddyfile(layout: Layout, name: str) -> str:
    return read(os.path.join(layout.release(name), CADDYFILE))


def _installed_caddyfile(layout: Layout) -> str:
    return os.path.join(layout.proxy_config, CADDYFILE)


def _make_folder(folder: str, root: str) -> None:
    """Make ``folder`` below ``root``, which lets nobody but root look in, whatever made it before."""
    os.makedirs(folder, exist_ok=True)
    os.chmod(root, PRIVATE)
