# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: break_glass
short_description: The sheet that brings a stack back by hand
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Every command that brings the stack back on a bare host without this collection, with the passwords of its
    repositories. The same stack gives the same sheet.
positional: places, host, extra_paths
options:
  places:
    description:
      - Where restore points are kept, as C(repository), C(password), C(environment) and C(copies), as the role
        P(photosync.vps.backup#role) has them.
    type: dict
    required: true
  host:
    description:
      - Name under which the host makes restore points.
    type: str
    required: true
  extra_paths:
    description:
      - Further files and folders of the host that each point holds.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Print it
  ansible.builtin.copy:
    content: "{{ (catalogue_resolved | photosync.vps.break_glass(places, inventory_hostname)).html }}"
    dest: /dev/shm/break-glass.html
    mode: "0600"
  no_log: true
  delegate_to: localhost
"""

RETURN = r"""
_value:
  description:
    - The sheet as C(markdown), and as C(html) to be printed.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.module_utils.breakglass import repository, sheet
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.document import stack_document


def break_glass(catalogue, places, host, extra_paths=()):
    """The sheet in both forms."""
    return sheet.texts(stack_document(catalogue), host, repository.of_variables(places), list(extra_paths))


class FilterModule:
    """The filter break_glass."""

    def filters(self):
        return {"break_glass": break_glass}
