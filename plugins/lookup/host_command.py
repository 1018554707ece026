# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: host_command
short_description: The command of a stack for its host, packed from the collection's own engine
version_added: 0.1.0
author:
  - The photosync.vps authors (@photosync)
description:
  - Packs the engine that the modules of this collection run on into one executable file, so that a person with no
    controller at hand, and cron, use the same code.
  - The same version of the collection gives the same bytes everywhere, so installing it twice changes nothing.
options:
  _terms:
    description: Names of stacks. Each has a command of its own, which acts on that stack alone.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Install the command of a stack with its release
  photosync.vps.release:
    root: /opt/photo-sync
    files:
      - path: compose.yaml
        content: "{{ lookup('ansible.builtin.template', 'compose.yaml.j2') }}"
    host_command:
      path: /usr/local/bin/photo-sync
      content: "{{ lookup('photosync.vps.host_command', 'photo-sync') }}"
"""

RETURN = r"""
_raw:
  description: The bytes of each command, compressed with zlib for the way to the host, base64.
  type: list
  elements: str
"""

import base64
import zlib

from ansible.plugins.lookup import LookupBase
from ansible_collections.photosync.vps.plugins.plugin_utils import zipapp


class LookupModule(LookupBase):
    """One packed command for every stack named."""

    def run(self, terms, variables=None, **kwargs):
        """Return the packed commands, compressed, base64."""
        self.set_options(var_options=variables, direct=kwargs)
        return [base64.b64encode(zlib.compress(zipapp.pack(stack))).decode("ascii") for stack in terms]
