# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: env_files
short_description: Environment of every service
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
description:
  - Environment variables of the services in the stack's mode.
options:
  _input:
    description:
      - The resolved catalogue, as the role P(photosync.vps.catalogue#role) leaves it in C(catalogue_resolved).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ (catalogue_resolved | photosync.vps.env_files).keys() | list }}"
"""

RETURN = r"""
_value:
  description:
    - Variables as text, by service.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import env_files


class FilterModule:
    """The filter env_files."""

    def filters(self):
        return {"env_files": env_files}
