# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: health_targets
short_description: What has to be well for the stack to be well
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Every container of the stack, and every public address that an entry's probe names, asked on the host itself under
    its real name.
positional: docker_root
options:
  docker_root:
    description:
      - The engine's folder on the host, where the certificate of an internal authority is found.
    type: str
    default: /var/lib/docker
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.health_targets }}"
"""

RETURN = r"""
_value:
  description:
    - Targets as M(photosync.vps.healthcheck) takes them.
  type: list
  elements: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.health import health_targets


class FilterModule:
    """The filter health_targets."""

    def filters(self):
        return {"health_targets": health_targets}
