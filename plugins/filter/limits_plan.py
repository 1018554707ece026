# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: limits_plan
short_description: Limits and reservations of every service
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
description:
  - Says what each service may take in production, CPU limits lowered to the cores that there are.
positional: host
options:
  _input:
    description:
      - The resolved catalogue, as the role P(photosync.vps.catalogue#role) leaves it in C(catalogue_resolved).
    type: dict
    required: true
  host:
    description:
      - The host, with the number of its cores as C(cpus).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the limits on a host with four cores
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.limits_plan({'cpus': 4}) }}"
"""

RETURN = r"""
_value:
  description:
    - By service, C(limits) with C(memory), C(memory_bytes), C(cpus) and C(pids), and C(reservations) with the first
      three. Empty in development.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits import limits_plan


class FilterModule:
    """The filter limits_plan."""

    def filters(self):
        return {"limits_plan": limits_plan}
