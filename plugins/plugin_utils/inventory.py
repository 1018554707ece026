# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where files lie on the controller that belong to an inventory, in it or beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence


def inventory_path(sources: Sequence[str], name: str, chosen: str = "", beside: bool = False) -> str:
    """The absolute path of a file of the inventory; empty where no inventory is on disk and no file is chosen.

    :param sources: what Ansible was started with, as ``ansible_inventory_sources`` has it.
    :param name: the file's place in the folder of the inventory.
    :param chosen: the file that somebody has named, which is taken as it is.
    :param beside: begin beside the inventory, of which Ansible would read the file as a part.
    """
    if chosen:
        return os.path.realpath(chosen)
    if not sources or not os.path.exists(sources[0]):
        return ""
    # Ansible reads the variables that lie beside a link; beside what it leads to lies what outlives the link.
    first = os.path.realpath(sources[0]) if beside else os.path.abspath(sources[0])
    inside = os.path.isdir(first) and not beside
    return os.path.realpath(os.path.join(first if inside else os.path.dirname(first), name))
