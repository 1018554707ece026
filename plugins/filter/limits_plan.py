# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: limits_plan
short_description: Limits and reservations of every service
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Says what each service may take in production, CPU limits lowered to the cores that there are, memory limits to what
    all services have together.
  - With O(fit), memory that does not fit is lowered in proportion to what each service asks for, never under the
    minimum that its entry states; a service that states none keeps what it asks for.
positional: host, room, fit
options:
  host:
    description:
      - The host, with the number of its cores as C(cpus).
    type: dict
    required: true
  room:
    description: Bytes of memory that all services have together. Left out, no memory is lowered.
    type: int
  fit:
    description: Lower reservations, and limits in the same proportion, where the reservations do not fit into O(room).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show the limits on a host with four cores
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.limits_plan({'cpus': 4}) }}"

- name: Show what is left of them in 3 GiB
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.limits_plan({'cpus': 2}, 3221225472, fit=true) }}"
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
