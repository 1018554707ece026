# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: release_recipes
short_description: The collection's own Dockerfiles that a stack uses
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - A Dockerfile and what goes with it, for each kind of service that is built without one of the repository's.
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue | photosync.vps.release_recipes | map(attribute='path') }}"
"""

RETURN = r"""
_value:
  description:
    - Files of the release, each with C(path) and C(content).
  type: list
  elements: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.recipes import release_recipes


class FilterModule:
    """The filter release_recipes."""

    def filters(self):
        return {"release_recipes": release_recipes}
