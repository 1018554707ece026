# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbook secrets, run for real on an inventory of its own."""

import json
import os
import pathlib
import stat
import subprocess
import sys

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.photosync.vps.plugins.plugin_utils import secrets

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
ANSIBLE_PLAYBOOK = pathlib.Path(sys.executable).parent / "ansible-playbook"
NAMES = ["immich_db_password", "custom_db_password", "backup_repository_password"]


def new_inventory(folder):
    folder.mkdir()
    (folder / "hosts").write_text("[photosync]\nweb1 ansible_host=192.0.2.1\n")
    return folder


def make(inventory, *arguments, **variables):
    """Run the playbook, as talkative as people would make it when they look for a fault."""
    return subprocess.run(
        [ANSIBLE_PLAYBOOK, "-i", inventory, "playbooks/secrets.yml", "-vvv", "--diff", *arguments]
        + ["--extra-vars", json.dumps(variables)],
        cwd=CHECKOUT,
        env=dict(os.environ, ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"), ANSIBLE_NOCOLOR="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


class Made:
    """One vault after each of three runs: for one secret and a new password, for all secrets, and again for all."""

    def __init__(self, folder):
        inventory = new_inventory(folder / "inventory")
        self.password = folder / "password"
        self.vault = inventory / "group_vars" / "all" / "vault.yml"
        self.runs = [make(inventory, secrets_password_file=str(self.password), secrets_names=NAMES[:1])]
        self.first = self.content()
        self.runs.append(make(inventory, "--vault-password-file", self.password))
        self.encrypted = self.vault.read_bytes()
        self.runs.append(make(inventory, "--vault-password-file", self.password))

    def content(self):
        known = [("default", VaultSecret(self.password.read_bytes().strip()))]
        return yaml.safe_load(VaultLib(known).decrypt(self.vault.read_bytes()))["stack_secrets"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("secrets"))


def test_three_strong_secrets_are_made_in_a_file_for_its_owner_alone(made):
    assert list(made.content()) == NAMES
    assert len(set(made.content().values())) == 3
    assert all(len(value) >= 32 and value.isalnum() for value in made.content().values())
    assert made.vault.read_text().startswith("$ANSIBLE_VAULT;")
    assert len(made.password.read_text().strip()) >= 32, "the vault's password, made as well when asked for"
    assert [stat.S_IMODE(file.stat().st_mode) for file in (made.vault, made.password)] == [0o600, 0o600]


def test_missing_secrets_are_added_none_is_replaced_and_then_nothing_changes(made):
    assert list(made.first) == NAMES[:1]
    assert made.content()[NAMES[0]] == made.first[NAMES[0]]
    assert "changed=0" in made.runs[2].stdout and "failed=0" in made.runs[2].stdout
    assert made.vault.read_bytes() == made.encrypted


def test_neither_secrets_nor_password_are_ever_shown(made):
    secret = [*made.content().values(), made.password.read_text().strip()]
    said = "".join(run.stdout for run in made.runs)
    assert "PLAY RECAP" in said
    assert [value for value in secret if value in said] == []


def test_a_vault_in_plain_text_is_refused_and_left_alone(tmp_path):
    vault = tmp_path / "plain" / "vault.yml"
    vault.parent.mkdir()
    vault.write_text("stack_secrets: {}\n")
    password = tmp_path / "password"
    password.write_text("for this test\n")
    said = make(
        new_inventory(tmp_path / "inventory"), "--vault-password-file", password, secrets_file=str(vault)
    ).stdout
    assert "failed=1" in said
    assert "is not encrypted; run: ansible-vault encrypt" in said
    assert vault.read_text() == "stack_secrets: {}\n"


def test_a_place_that_would_hide_other_variables_is_refused(tmp_path):
    inventory = new_inventory(tmp_path / "inventory")
    (inventory / "group_vars").mkdir()
    (inventory / "group_vars" / "all.yml").write_text("a: b\n")
    said = make(inventory, secrets_password_file=str(tmp_path / "password")).stdout
    assert "failed=1" in said
    assert "Ansible ignores it as soon as there is a folder" in said
    assert not (inventory / "group_vars" / "all").exists()


def test_a_file_that_is_no_dictionary_of_secrets_is_refused_without_quoting_it():
    with pytest.raises(secrets.NotASecretsFile) as refused:
        secrets.completed("hunter2: [", "stack_secrets", ["a"])
    assert "hunter2" not in str(refused.value)


def test_other_variables_in_the_file_are_kept():
    completed = yaml.safe_load(secrets.completed("other: 1\nstack_secrets: {a: kept}\n", "stack_secrets", ["a", "b"]))
    assert completed["other"] == 1
    assert completed["stack_secrets"]["a"] == "kept"
    assert len(completed["stack_secrets"]["b"]) == secrets.LENGTH


def test_nothing_lacking_means_nothing_rewritten():
    text = "# mine\nstack_secrets: {a: kept}\n"
    assert secrets.completed(text, "stack_secrets", ["a"]) is text
