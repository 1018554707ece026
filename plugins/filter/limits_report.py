# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: limits_report
short_description: What services get where that is less than they ask for
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
description:
  - Compares what P(photosync.vps.limits_plan#filter) gives to each service with what the catalogue asks for.
positional: catalogue, host, room
options:
  _input:
    description: Limits as P(photosync.vps.limits_plan#filter) returns them.
    type: dict
    required: true
  catalogue:
    description:
      - The resolved catalogue, as the role P(photosync.vps.catalogue#role) leaves it in C(catalogue_resolved).
    type: dict
    required: true
  host:
    description: The host, with the number of its cores as C(cpus) and the bytes of its memory as C(memory_bytes).
    type: dict
    required: true
  room:
    description: Bytes of memory that all services have together; left out where it is not known.
    type: int
"""

EXAMPLES = r"""
- name: Show what a host gives
  ansible.builtin.debug:
    msg: "{{ resource_limits_plan | photosync.vps.limits_report(catalogue_resolved, preflight_host, 3489660928) }}"
"""

RETURN = r"""
_value:
  description: Lines of a table; empty where every service gets what it asks for.
  type: list
  elements: str
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits_report import limits_report


class FilterModule:
    """The filter limits_report."""

    def filters(self):
        return {"limits_report": limits_report}
