# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: vaulted_files
short_description: Files that have to be written to hold given texts, encrypted with ansible-vault
version_added: 0.1.0
author:
  - The photosync.vps authors (@photosync)
description:
  - Encrypts texts with the vault password that Ansible was started with. A file that holds its text already is left
    out, so that nothing is written where nothing changed.
  - Returns nothing where Ansible was started without a vault password. Writes nothing itself.
options:
  _terms:
    description: Dictionaries of texts by the path of the file that each is meant for. A file need not exist yet.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Keep a key where only the vault's password opens it
  ansible.builtin.copy:
    content: "{{ item.content }}"
    dest: "{{ item.path }}"
    mode: "0600"
    decrypt: false
  loop: "{{ query('photosync.vps.vaulted_files', {'/srv/safe/key.txt': key}) }}"
  loop_control:
    label: "{{ item.path }}"
"""

RETURN = r"""
_raw:
  description: Each file that differs, as C(path) and its encrypted C(content).
  type: list
  elements: dict
"""

import pathlib

from ansible import constants
from ansible.parsing.vault import VaultLib, match_encrypt_secret
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    """Texts for files, encrypted."""

    def run(self, terms, variables=None, **kwargs):
        """Return what has to be written."""
        self.set_options(var_options=variables, direct=kwargs)
        known = self._loader._vault.secrets
        if not known:
            return []
        vault = VaultLib(known)
        identity, secret = match_encrypt_secret(known, constants.DEFAULT_VAULT_ENCRYPT_IDENTITY)
        return [
            {"path": path, "content": vault.encrypt(str(text), secret, identity).decode("utf-8").rstrip() + "\n"}
            for texts in terms
            for path, text in texts.items()
            if not self._holds(vault, pathlib.Path(path), str(text))
        ]

    def _holds(self, vault, path, text):
        """Whether the file holds this text, encrypted."""
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        return vault.is_encrypted(present) and vault.decrypt(present.rstrip()).decode("utf-8") == text
