# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: vaulted_text
short_description: A text encrypted with ansible-vault, where a file does not hold it already
version_added: 0.1.0
author:
  - The photosync.vps authors (@photosync)
description:
  - Encrypts a text with the vault password that Ansible was started with. Writes nothing itself.
  - Returns an empty text where there is nothing to write, since the file holds the same text already, and where Ansible
    was started without a vault password.
options:
  _terms:
    description: The text.
    type: list
    elements: str
    required: true
  file:
    description: The file that it is meant for. It need not exist yet.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Keep a key where only the vault's password opens it
  ansible.builtin.copy:
    content: "{{ lookup('photosync.vps.vaulted_text', key, file='key.txt') }}"
    dest: key.txt
    mode: "0600"
    decrypt: false
  when: lookup('photosync.vps.vaulted_text', key, file='key.txt') | length > 0
"""

RETURN = r"""
_raw:
  description: The encrypted text.
  type: list
  elements: str
"""

import pathlib

from ansible import constants
from ansible.parsing.vault import VaultLib, match_encrypt_secret
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    """One text, encrypted."""

    def run(self, terms, variables=None, **kwargs):
        """Return what is to be written, if anything is."""
        self.set_options(var_options=variables, direct=kwargs)
        known = self._loader._vault.secrets
        if not known:
            return [""]
        vault, path, wanted = VaultLib(known), pathlib.Path(self.get_option("file")), str(terms[0])
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        if vault.is_encrypted(present) and vault.decrypt(present.rstrip()).decode("utf-8") == wanted:
            return [""]
        identity, secret = match_encrypt_secret(known, constants.DEFAULT_VAULT_ENCRYPT_IDENTITY)
        return [vault.encrypt(wanted, secret, identity).decode("utf-8").rstrip() + "\n"]
