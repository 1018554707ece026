# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The unit file of a stack's slice, to be compared with what a host has."""

from __future__ import annotations

from ansible_collections.photosync.vps.plugins.module_utils.host.slices import Slice


def slice_unit(name: str, memory_max: int | None = None, tasks_max: int | None = None) -> str:
    """The unit file that M(photosync.vps.stack_slice) would write."""
    return Slice(name, memory_max, tasks_max).text()
