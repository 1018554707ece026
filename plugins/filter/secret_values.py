# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: secret_values
short_description: What nobody may see in a diff or a log
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Every form in which a secret of the stack is written somewhere, the longest first.
positional: shortest
options:
  shortest:
    description:
      - Fewest characters of a value. Masking shorter ones would hide half of every text.
    type: int
    default: 4
"""

EXAMPLES = r"""
- name: Count the secrets
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.secret_values | length }}"
"""

RETURN = r"""
_value:
  description:
    - Values to mask.
  type: list
  elements: str
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.masks import secret_values


class FilterModule:
    """The filter secret_values."""

    def filters(self):
        return {"secret_values": secret_values}
