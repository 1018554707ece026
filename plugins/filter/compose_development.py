# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: compose_development
short_description: Compose file that development adds
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Ports on 127.0.0.1, commands that differ, and what happens when sources change (C(develop.watch)).
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.compose_development }}"
"""

RETURN = r"""
_value:
  description:
    - The content of compose.override.yaml.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import compose_development


class FilterModule:
    """The filter compose_development."""

    def filters(self):
        return {"compose_development": compose_development}
