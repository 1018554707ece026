# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: build_bases
short_description: Base images to build before the services
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
description:
  - Dockerfiles that declare no ARG for something, and builds behind a proxy that opens TLS, start from derived base
    images.
  - Build each in a context that holds the CA bundle, if there is one, as C(ca-bundle.crt). Compose is told to use
    them.
options:
  _input:
    description:
      - The resolved catalogue, as the role P(photosync.vps.catalogue#role) leaves it in C(catalogue_resolved).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.build_bases }}"
"""

RETURN = r"""
_value:
  description:
    - Images to build, each with C(image), C(dockerfile) (its text) and C(ca_bundle) (a path on the host, or empty).
  type: list
  elements: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.builds import build_bases


class FilterModule:
    """The filter build_bases."""

    def filters(self):
        return {"build_bases": build_bases}
