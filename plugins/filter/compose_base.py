# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: compose_base
short_description: Compose file that both modes share
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Everything that Compose has to know of the services but ports and limits.
positional: engine_version, plan
options:
  engine_version:
    description:
      - Version of the host's engine. Health checks use start_interval from version 25 on, and when it is empty.
    type: str
    default: ''
  plan:
    description:
      - Limits as the filter photosync.vps.limits_plan returns them. They count in the digests of containers.
    type: dict
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.compose_base('28.5.1', resource_limits_plan) }}"
"""

RETURN = r"""
_value:
  description:
    - The content of compose.yaml.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import compose_base


class FilterModule:
    """The filter compose_base."""

    def filters(self):
        return {"compose_base": compose_base}
