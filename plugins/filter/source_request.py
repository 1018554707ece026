# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: source_request
short_description: Sources to look at on the host
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Which clone or folder holds the sources of what is built, and what is made of which part of it.
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.source_request }}"
"""

RETURN = r"""
_value:
  description:
    - The option O(photosync.vps.source_info#module:source); its C(builds) are empty when nothing is built.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.sources import source_request


class FilterModule:
    """The filter source_request."""

    def filters(self):
        return {"source_request": source_request}
