# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: env_text
short_description: Environment variables as a file
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
description:
  - Prints variables such that Compose reads them back exactly, without interpolation, whatever is in their values.
options:
  _input:
    description:
      - Variables.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ {'PRICE': '$5'} | photosync.vps.env_text }}"
"""

RETURN = r"""
_value:
  description:
    - The file's text.
  type: str
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import env_text


class FilterModule:
    """The filter env_text."""

    def filters(self):
        return {"env_text": env_text}
