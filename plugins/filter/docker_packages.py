# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: docker_packages
short_description: Packages of the Docker engine that a host lacks
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
description:
  - Names the packages that bring the engine, Compose and buildx on the host, as far as they are not there.
positional: source, version, extra
options:
  _input:
    description: What the host is, as RV(photosync.vps.preflight_info#module:host) says.
    type: dict
    required: true
  source:
    description: Where the packages come from.
    type: str
    choices: [upstream, distribution]
    required: true
  version:
    description: Version of the engine to have, such as V(28.5.1); empty for any that is there, else the newest.
    type: str
    default: ''
  extra:
    description: Further packages to have.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Show what would be installed
  ansible.builtin.debug:
    msg: "{{ preflight_host | photosync.vps.docker_packages('upstream', '28.5.1') }}"
"""

RETURN = r"""
_value:
  description: Packages in the notation of M(ansible.builtin.apt).
  type: list
  elements: str
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.docker.packages import docker_packages


class FilterModule:
    """The filter docker_packages."""

    def filters(self):
        return {"docker_packages": docker_packages}
