# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the modules share whose action plugin shows how they go while they run."""

from __future__ import annotations


class ModuleDocFragment:
    """For whom, and where the lines go."""

    DOCUMENTATION = r"""
options:
  who:
    description: For whom, shown to whoever has to wait; the action plugin fills in user and controller.
    type: str
    default: ""
  progress:
    description: File on the host for lines about how it goes; the action plugin makes a name and shows its lines.
    type: path
"""
