# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: with_sources
short_description: The catalogue with images named by what they are made of
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - The tag of an image that is built follows from its source, its Dockerfile, its bases, build arguments and the mode.
    A service whose part of the sources did not change keeps its image and its container.
  - Fails when a service's folder or Dockerfile is not there.
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
    msg: "{{ catalogue_resolved | photosync.vps.with_sources(found.source) }}"
"""

RETURN = r"""
_value:
  description:
    - The catalogue. Where the host does not know the wanted version yet, the names stay provisional.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.sources import with_sources


class FilterModule:
    """The filter with_sources."""

    def filters(self):
        return {"with_sources": with_sources}
