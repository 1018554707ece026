# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: stack_document
short_description: A stack's description on its host
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - All that the engine on the host knows of the stack. It holds no secret.
positional: engine_version, plan
options:
  engine_version:
    description:
      - Version of the host's engine; empty when it is yet to be installed.
    type: str
    default: ''
  plan:
    description:
      - Limits as the filter photosync.vps.limits_plan returns them.
    type: dict
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.stack_document('28.5.1', resource_limits_plan) }}"
"""

RETURN = r"""
_value:
  description:
    - The content of stack.json.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.document import stack_document


class FilterModule:
    """The filter stack_document."""

    def filters(self):
        return {"stack_document": stack_document}
