# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: compose_production
short_description: Compose file that production adds
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Limits, reservations, and the ports of the entry point.
positional: plan
options:
  plan:
    description:
      - Limits as the filter photosync.vps.limits_plan returns them.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.compose_production(resource_limits_plan) }}"
"""

RETURN = r"""
_value:
  description:
    - The content of compose.prod.yaml.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import compose_production


class FilterModule:
    """The filter compose_production."""

    def filters(self):
        return {"compose_production": compose_production}
