# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: backup_problems
short_description: What is wrong with the settings of backups
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
description:
  - Has the engine that will read the settings of the role backup on the host judge them before anything there changes.
options:
  _input:
    description: Settings of that role by their names without C(backup_), such as C(notifications).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what is wrong with who is told of backups
  ansible.builtin.debug:
    msg: "{{ {'notifications': backup_notifications} | photosync.vps.backup_problems }}"
"""

RETURN = r"""
_value:
  description: A list of problems in the form of RV(photosync.vps.preflight_info#module:problems).
  type: list
  elements: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.backup_settings import backup_problems


class FilterModule:
    """The filter backup_problems."""

    def filters(self):
        return {"backup_problems": backup_problems}
