# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: collection_tarball
short_description: This collection as a tarball that ansible-galaxy installs
version_added: 0.1.0
author:
  - The photosync.vps authors (@photosync)
description:
  - Packs the collection that is running, installed or a checkout, into a file below Ansible's local temporary folder.
  - The same files give the same bytes everywhere, so laying it on a host twice changes nothing.
options:
  _terms:
    description: None.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Lay the collection on the host
  ansible.builtin.copy:
    src: "{{ lookup('photosync.vps.collection_tarball').path }}"
    dest: /var/lib/photo-sync/collection.tar.gz
    mode: "0600"
"""

RETURN = r"""
_raw:
  description: One dictionary with the C(path) of the file and its C(sha256).
  type: list
  elements: dict
"""

import hashlib
import pathlib

from ansible import constants
from ansible.plugins.lookup import LookupBase
from ansible_collections.photosync.vps.plugins.plugin_utils import tarball


class LookupModule(LookupBase):
    """The tarball, built on demand."""

    def run(self, terms, variables=None, **kwargs):
        """Return where it lies, and its checksum."""
        self.set_options(var_options=variables, direct=kwargs)
        content = tarball.build()
        digest = hashlib.sha256(content).hexdigest()
        path = pathlib.Path(constants.DEFAULT_LOCAL_TMP) / f"photosync-vps-{digest}.tar.gz"
        if not path.exists():
            path.write_bytes(content)
        return [{"path": str(path), "sha256": digest}]
