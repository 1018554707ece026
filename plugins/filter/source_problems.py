# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: source_problems
short_description: What cannot be built from the sources that are there
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Folders and Dockerfiles that the catalogue names and the sources do not have.
positional: measured
options:
  measured:
    description:
      - What the host found, as M(photosync.vps.source_info) and M(photosync.vps.preflight_info) return it in C(source).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.source_problems(found.source) }}"
"""

RETURN = r"""
_value:
  description:
    - Problems, each with C(setting), C(service), C(message) and C(fix).
  type: list
  elements: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.sources import source_problems


class FilterModule:
    """The filter source_problems."""

    def filters(self):
        return {"source_problems": source_problems}
