# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: preflight_report
short_description: Problems as one readable report
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
description:
  - Prints problems of the catalogue and of the host as one numbered report, each with its setting, service and fix.
positional: stack, host
options:
  _input:
    description: Problems as M(photosync.vps.preflight_info) returns them.
    type: list
    elements: dict
    required: true
  stack:
    description: Name of the stack.
    type: str
    required: true
  host:
    description: Name of the host.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Refuse what cannot work
  ansible.builtin.fail:
    msg: "{{ problems | photosync.vps.preflight_report(catalogue_resolved.stack.name, inventory_hostname) }}"
  when: problems
"""

RETURN = r"""
_value:
  description: The report; empty when there are no problems.
  type: str
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.report import preflight_report


class FilterModule:
    """The filter preflight_report."""

    def filters(self):
        return {"preflight_report": preflight_report}
