# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No secret gets into the repository unnoticed."""

import pathlib
import subprocess
import sys

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
CHECK = CHECKOUT / "tools" / "check_tracked_secrets.py"
# In two halves: this file is looked through as well.
KEY = "-----BEGIN OPENSSH PRIVATE " + "KEY-----\nb3BlbnNzaC1rZXktdjEA\n"
ENCRYPTED = "$ANSIBLE_VAULT;1.1;AES256\n3031\n"


@pytest.fixture
def repository(tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text((CHECKOUT / ".gitignore").read_text())
    return tmp_path


def check(repository):
    return subprocess.run([sys.executable, CHECK], cwd=repository, capture_output=True, text=True, check=False)


def put(repository, name, content):
    path = repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    subprocess.run(["git", "add", "--force", name], cwd=repository, check=True)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("group_vars/all/vault.yml", "stack_secrets:\n  a: b\n", "not encrypted; run: ansible-vault encrypt"),
        ("prod_vault.yaml", "a: b\n", "not encrypted"),
        (".vault-password", "x\n", "a vault's password file"),
        ("demo.vault-password", "x\n", "a vault's password file"),
        ("notes.txt", f"as I said\n{KEY}", "it holds a private key"),
        ("id_ed25519", "x", "an SSH key"),
        ("tls/site.key", "x", "a private key"),
        ("deploy/.env", "A=b", "a stack's environment"),
    ],
)
def test_a_tracked_secret_is_refused_and_named(repository, name, content, said):
    put(repository, name, content)
    result = check(repository)
    assert result.returncode == 1
    assert result.stderr.startswith(f"{name}: ")
    assert said in result.stderr


@pytest.mark.parametrize("name", [".vault-password", ".cache/key", "site.pem"])
def test_what_git_ignores_may_lie_about(repository, name):
    path = repository / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(KEY)
    assert check(repository).returncode == 0


def test_every_secret_is_named_in_one_run_before_it_is_tracked_even_and_encrypted_vaults_are_welcome(repository):
    put(repository, "a.key", "x")
    put(repository, "group_vars/all/vault.yml", ENCRYPTED)
    (repository / "vault.yml").write_text("x: y")
    assert {line.partition(":")[0] for line in check(repository).stderr.splitlines()} == {"a.key", "vault.yml"}


def test_this_repository_tracks_none():
    result = check(CHECKOUT)
    assert (result.returncode, result.stderr) == (0, "")
