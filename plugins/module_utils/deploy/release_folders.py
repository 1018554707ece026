# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The releases that are kept on the host: what they say, and which of them nobody needs any more."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ansible_collections.photosync.vps.plugins.module_utils.common.files import RUBBISH, discard
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import FILENAME, Service, Spec, SpecError, load


def spec_of(layout: Layout, name: str) -> Spec:
    """The description in a kept release; raises SpecError when there is none."""
    return load(os.path.join(layout.release(name), FILENAME))


def names(layout: Layout) -> list[str]:
    """The releases on the host, the newest first, without those that are half removed."""
    found = [name for name in _listed(layout) if not name.endswith(RUBBISH)]
    return sorted(found, key=lambda name: os.stat(layout.release(name)).st_mtime, reverse=True)


def complete(layout: Layout, name: str) -> bool:
    """Whether the release ``name`` is here with a description that this version reads."""
    try:
        spec_of(layout, name)
    except SpecError:
        return False
    return True


def services(layout: Layout) -> list[Service]:
    """Every service as any kept release describes it."""
    return [
        service
        for name in names(layout)
        if complete(layout, name)
        for service in spec_of(layout, name).services
        if service.config.digest
    ]


def prune(layout: Layout, keep: int, needed: Iterable[str]) -> tuple[list[str], list[str]]:
    """Remove releases and the images that only they name; returns both.

    :param keep: how many stay, the newest first.
    :param needed: names of those that stay in any case: the current one, and what could be rolled back to.
    """
    here = names(layout)
    staying = {*needed, *here[:keep]}
    going = [name for name in here if name not in staying]
    images = _images(layout, going) - _images(layout, staying)
    half_removed = [name for name in _listed(layout) if name.endswith(RUBBISH)]
    for name in [*half_removed, *going]:
        discard(layout.release(name))
    return going, [image for image in sorted(images) if _removed(image)]


def prune_bases(layout: Layout, stack: str, needed: Iterable[str]) -> list[str]:
    """Remove the images made for builds to start from that no release of ``needed`` names; returns them.

    Nothing is lost: whatever is built makes its bases first.
    """
    asked = ["docker", "image", "ls", "--filter", f"reference={stack}/base", "--format", "{{.Repository}}:{{.Tag}}"]
    here = run(asked, timeout=60, check=False).stdout.split()
    # A service may be called base, too.
    staying = _images(layout, names(layout)).union(*(_bases(layout, name) for name in needed))
    return [image for image in sorted({*here} - staying) if _removed(image)]


def _bases(layout: Layout, name: str) -> set[str]:
    return {base.image for base in spec_of(layout, name).bases} if complete(layout, name) else set()


def _listed(layout: Layout) -> list[str]:
    try:
        return os.listdir(layout.releases)
    except FileNotFoundError:
        return []


def _images(layout: Layout, releases: Iterable[str]) -> set[str]:
    return {service.image for name in releases if complete(layout, name) for service in spec_of(layout, name).services}


def _removed(image: str) -> bool:
    """Docker itself refuses an image that a container uses, whoever's it is."""
    return run(["docker", "image", "rm", image], timeout=120, check=False).rc == 0
