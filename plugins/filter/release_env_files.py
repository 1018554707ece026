# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: release_env_files
short_description: Files of a release that hold secrets
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - The environment files, and the credentials of health checks where the site asks for a password, as the module
    photosync.vps.release takes them.
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.release_env_files | map(attribute='path') }}"
"""

RETURN = r"""
_value:
  description:
    - Files, each with C(path) and C(secret_content).
  type: list
  elements: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import release_env_files


class FilterModule:
    """The filter release_env_files."""

    def filters(self):
        return {"release_env_files": release_env_files}
