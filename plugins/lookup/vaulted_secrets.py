# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: vaulted_secrets
short_description: The content of a vault file with strong secrets in it, those that it has left as they are
version_added: 0.1.0
author:
  - The photosync.vps authors (@photosync)
description:
  - Reads a file encrypted with ansible-vault, makes the secrets that it lacks, and returns the whole again encrypted.
    Where it lacks none, it is returned as it is, so that writing it back changes nothing.
  - Writes nothing itself, and returns nothing that is not encrypted.
options:
  _terms:
    description: Names of secrets.
    type: list
    elements: str
    required: true
  file:
    description: The vault file. It need not exist yet.
    type: path
    required: true
  variable:
    description: The dictionary in it that holds the secrets.
    type: str
    default: stack_secrets
  password_file:
    description: A file with the vault's password, instead of those that Ansible was started with.
    type: path
"""

EXAMPLES = r"""
- name: Make the secrets that are missing
  ansible.builtin.copy:
    content: "{{ lookup('photosync.vps.vaulted_secrets', 'immich_db_password', file='vault.yml') }}"
    dest: vault.yml
    mode: "0600"
    decrypt: false
"""

RETURN = r"""
_raw:
  description: The encrypted text of the file.
  type: list
  elements: str
"""

import pathlib

from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, get_file_vault_secret, match_encrypt_secret
from ansible.plugins.lookup import LookupBase
from ansible_collections.photosync.vps.plugins.plugin_utils import secrets


class LookupModule(LookupBase):
    """One encrypted text with all secrets named."""

    def run(self, terms, variables=None, **kwargs):
        """Return the text of the vault file as it should be."""
        self.set_options(var_options=variables, direct=kwargs)
        vault = VaultLib(self._known_secrets())
        path = pathlib.Path(self.get_option("file"))
        present = path.read_text(encoding="utf-8").rstrip() if path.exists() else ""
        if present and not vault.is_encrypted(present):
            raise AnsibleError(f"{path} is not encrypted; run: ansible-vault encrypt {path}")
        plain = vault.decrypt(present).decode("utf-8") if present else ""
        try:
            # Ansible's strings remember where they come from; YAML knows only plain ones.
            wanted = secrets.completed(plain, str(self.get_option("variable")), [str(term) for term in terms])
        except secrets.NotASecretsFile as error:
            raise AnsibleError(f"{path}: {error}") from error
        if wanted == plain:
            return [present + "\n"]
        identity, secret = match_encrypt_secret(vault.secrets, constants.DEFAULT_VAULT_ENCRYPT_IDENTITY)
        return [vault.encrypt(wanted, secret, identity).decode("utf-8").rstrip() + "\n"]

    def _known_secrets(self):
        """Pairs of vault ID and secret, as Ansible keeps them."""
        password_file = self.get_option("password_file")
        if password_file:
            secret = get_file_vault_secret(filename=password_file, loader=self._loader)
            secret.load()
            return [(constants.DEFAULT_VAULT_IDENTITY, secret)]
        known = self._loader._vault.secrets
        if not known:
            raise AnsibleError(
                "no vault password: start with --vault-password-file or --ask-vault-pass, "
                "or have a password made with -e secrets_password_file=.vault-password"
            )
        return known
