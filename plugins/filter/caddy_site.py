# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: caddy_site
short_description: What the entry point's Caddy is told
version_added: 0.1.0
author: the photosync.vps authors (@photosync)
extends_documentation_fragment: photosync.vps.catalogue
description:
  - Address, certificates, headers, and who gets which paths, the most specific first.
"""

EXAMPLES = r"""
- name: Show it
  ansible.builtin.debug:
    msg: "{{ catalogue_resolved | photosync.vps.caddy_site }}"
"""

RETURN = r"""
_value:
  description:
    - The values that the template of the Caddyfile prints.
  type: dict
"""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.caddy import caddy_site


class FilterModule:
    """The filter caddy_site."""

    def filters(self):
        return {"caddy_site": caddy_site}
