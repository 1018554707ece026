# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The key to the restore points is in the operator's hands, and nowhere in the clear."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from catalogue.stacks import resolve

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
ROLE = CHECKOUT / "roles" / "backup"
GIVEN = {
    **yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8")),
    "catalogue_resolved": resolve(),
    "backup_host": "web1",
    "backup_repository": "/mnt/backup",
    "backup_repository_password": "hunter2 it's",
    "backup_copies": [{"name": "away", "repository": "s3:x", "password": "hunter3", "environment": {"KEY": "hunter4"}}],
}
TASKS = {
    "vars_files": [str(ROLE / "vars" / "main.yml")],
    "tasks": [{"import_tasks": str(ROLE / "tasks" / "escrow.yml")}],
}
PLAY = [{"hosts": "all", "connection": "local", "gather_facts": False, **TASKS}]


class Operator:
    """Somebody with an inventory and a vault password."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        (folder / "inventory").mkdir()
        (folder / "inventory" / "hosts").write_text("web1\n")
        (folder / "password").write_text("of-the-vault\n")
        (folder / "play.yml").write_text(json.dumps(PLAY))
        self.sheet = folder / "escrow" / "photo-sync@web1.md"
        self.page = self.sheet.with_suffix(".html")

    def run(self, *options: str, **variables: object) -> str:
        """What a run says, as talkative as it can be."""
        (self.folder / "given.json").write_text(json.dumps({**GIVEN, **variables}))
        given = ["--extra-vars", f"@{self.folder / 'given.json'}", self.folder / "play.yml"]
        ansible = [pathlib.Path(sys.executable).parent / "ansible-playbook", "-vvv", "--diff"]
        done = subprocess.run(
            [*ansible, "-i", self.folder / "inventory", *options, *given],
            cwd=CHECKOUT,
            env=dict(os.environ, ANSIBLE_CONFIG=str(CHECKOUT / "ansible.cfg"), ANSIBLE_NOCOLOR="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert "hunter" not in done.stdout
        return done.stdout

    def read(self) -> tuple[str, str]:
        """The sheet and the page, decrypted."""
        vault = VaultLib([("default", VaultSecret(b"of-the-vault"))])
        return vault.decrypt(self.sheet.read_bytes()).decode(), vault.decrypt(self.page.read_bytes()).decode()


@pytest.fixture
def operator(tmp_path: pathlib.Path) -> Operator:
    """Somebody who has not run anything yet."""
    return Operator(tmp_path)


def test_a_run_ends_only_when_the_key_is_said_to_be_safe_and_writes_it_once_wherever_it_is_to_lie(operator: Operator):
    password = f"--vault-password-file={operator.folder / 'password'}"
    said = operator.run(password)
    assert "backup_key_escrowed" in said and str(operator.sheet) in said and "failed=1" in said
    for file in (operator.sheet, operator.page):
        assert file.stat().st_mode & 0o777 == 0o600
        assert b"hunter" not in file.read_bytes()
    again = operator.run(password, backup_key_escrowed=True)
    assert "changed=0" in again and "failed=0" in again
    operator.sheet.parent.rename(operator.folder / "safe")
    operator.sheet, operator.page = (operator.folder / "safe" / file.name for file in (operator.sheet, operator.page))
    settings = {"backup_escrow_file": str(operator.sheet), "backup_extra_paths": ["/root/.ssh"]}
    changed = operator.run(password, backup_key_escrowed=True, backup_repository_password="hunter5", **settings)
    assert "changed=1" in changed
    for text, head in zip(operator.read(), ("# Break glass: photo-sync on web1\n", "<!DOCTYPE html>"), strict=True):
        assert text.startswith(head)
        for word in ("hunter5", "hunter3", "hunter4", "/mnt/backup", "s3:x", "/root/.ssh", "pg_restore", "immich-data"):
            assert word in text
    assert sorted(operator.sheet.parent.iterdir()) == [operator.page, operator.sheet]
    assert not (operator.folder / "escrow").exists()


def test_without_a_vault_password_nothing_is_written_and_that_is_said(operator: Operator) -> None:
    assert "could not be written beside the inventory" in operator.run()
    assert not operator.sheet.exists()
    assert "failed=0" in operator.run(backup_key_escrowed=True)
