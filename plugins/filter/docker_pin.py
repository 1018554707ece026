# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: docker_pin
short_description: apt's preferences that hold the Docker engine at a version
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
description:
  - Makes the text of a file in C(/etc/apt/preferences.d), so that nobody's C(apt-get upgrade) replaces the engine.
positional: version
options:
  _input:
    description: Where the packages come from, V(upstream) or V(distribution).
    type: str
    required: true
  version:
    description: Version of the engine to hold, such as V(28.5.1); empty for none.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show what apt would be told
  ansible.builtin.debug:
    msg: "{{ 'upstream' | photosync.vps.docker_pin('28.5.1') }}"
"""

RETURN = r"""
_value:
  description: The preferences; empty where no version is to be held.
  type: str
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.docker.packages import docker_pin


class FilterModule:
    """The filter docker_pin."""

    def filters(self):
        return {"docker_pin": docker_pin}
