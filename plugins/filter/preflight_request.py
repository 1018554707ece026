# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: preflight_request
short_description: What a catalogue asks of its host
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Derives the options of M(photosync.vps.preflight_info) that follow from a resolved catalogue, which are the ports
    that are published, the images that are pulled, the media folder and who mounts it, the volumes with data, the
    memory that is reserved, and the name that a public authority certifies.
positional: sizes
options:
  sizes:
    description: Further settings that are sizes, such as V(512M), by their names.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what the stack asks of its host
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.preflight_request }}"
"""

RETURN = r"""
_value:
  description:
    - Options of M(photosync.vps.preflight_info), by name.
    - The given sizes in bytes, as C(sizes), and in C(problems) what is wrong with these, in the form of
      RV(photosync.vps.preflight_info#module:problems).
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.request import preflight_request


class FilterModule:
    """The filter preflight_request."""

    def filters(self):
        return {"preflight_request": preflight_request}
