# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: adopted_variables
short_description: Settings of an adopted deployment as variables of the inventory
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
description:
  - Decides which settings of an old deployment the inventory has to be told. What it says itself counts more, unless
    that is what the example inventory says.
positional: inventory, known, volumes, stack
options:
  _input:
    description: Settings as M(photosync.vps.adopt_info) returns them.
    type: list
    elements: dict
    required: true
  inventory:
    description: What the inventory says so far, by variable.
    type: dict
    required: true
  known:
    description: What was written before.
    type: dict
  volumes:
    description: The engine's names of volumes, as M(photosync.vps.adopt_phase) decided them.
    type: dict
  stack:
    description: Name of the stack. Volumes that are called after it need not be named.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Show what would be written
  ansible.builtin.debug:
    msg: "{{ (found.settings | photosync.vps.adopted_variables({'stack_domain': stack_domain | default('')})).lines }}"
"""

RETURN = r"""
_value:
  description: C(variables) to write, and C(lines) that say the same to a person.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.adoption import adopted_variables


class FilterModule:
    """The filter adopted_variables."""

    def filters(self):
        return {"adopted_variables": adopted_variables}
