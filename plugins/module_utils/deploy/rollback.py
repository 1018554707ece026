# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Go back to a release that is kept on the host."""

from __future__ import annotations

from ansible_collections.photosync.vps.plugins.module_utils.deploy import release_folders, safety_backup
from ansible_collections.photosync.vps.plugins.module_utils.deploy.history import History
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout

PREVIOUS = "previous"


class CannotGoBack(Exception):
    """There is no such release, or its services could not read today's data; nothing was changed."""


def target(layout: Layout, asked: str = PREVIOUS, accept_migrated_data: bool = False) -> str:
    """The release to go back to; raises CannotGoBack with the reason and what to do.

    :param asked: a release or the beginning of its name; "previous" is the one that was last healthy before this one.
    :param accept_migrated_data: go back even where a service that migrates its data would get another image.
    """
    serving = layout.current_digest()
    if serving is None:
        raise CannotGoBack("no release is deployed here; run the site playbook first")
    name = _previous(layout, serving) if asked == PREVIOUS else _named(layout, asked)
    migrated = safety_backup.migrating(release_folders.spec_of(layout, serving), release_folders.spec_of(layout, name))
    if migrated and not accept_migrated_data:
        raise CannotGoBack(
            "{0} may have migrated data so that release {1} cannot read it; restore a point from before as well, or "
            "accept it (--accept-migrated-data, stack_accept_migrated_data: true)".format(", ".join(migrated), name)
        )
    return name


def _previous(layout: Layout, serving: str) -> str:
    name = History(release_folders.spec_of(layout, serving).state_dir).proven(besides=serving)
    if name is None or not release_folders.complete(layout, name):
        raise CannotGoBack(f"no release was healthy here before {serving}{_choice(layout)}")
    return name


def _named(layout: Layout, asked: str) -> str:
    found = [
        name
        for name in release_folders.names(layout)
        if name.startswith(asked) and release_folders.complete(layout, name)
    ]
    if len(found) != 1:
        what = "several releases begin with" if found else "no release here is called"
        raise CannotGoBack(f"{what} {asked}{_choice(layout)}")
    return found[0]


def _choice(layout: Layout) -> str:
    return "; there are: {0}".format(", ".join(release_folders.names(layout)) or "none")
