"""The role as Ansible runs it: on the controller alone, its mistakes readable, its secrets not."""

import json
import pathlib
import subprocess
import sys
from typing import Any

import pytest
from catalogue.stacks import SETTINGS

ROOT = pathlib.Path(__file__).resolve().parents[3]
PLAY = pathlib.Path(__file__).with_name("resolve.yml")


@pytest.fixture
def run(tmp_path):
    """Play the role for a host that does not exist, with these variables beside the good ones."""

    def play(*arguments: str, **variables: Any) -> subprocess.CompletedProcess[str]:
        inventory = tmp_path / "variables.json"
        inventory.write_text(json.dumps({**SETTINGS, **variables}), encoding="utf-8")
        ansible = str(pathlib.Path(sys.executable).with_name("ansible-playbook"))
        command = [ansible, "--inventory", "nowhere.invalid,", "--extra-vars", f"@{inventory}", *arguments, str(PLAY)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    return play


def test_it_needs_no_host_and_shows_no_secret_however_talkative_ansible_is(run):
    secret = "a-secret-that-is-nowhere-seen"
    played = run("--check", "--tags", "anything", "-vvvv", stack_secrets={"immich_db_password": secret})
    assert played.returncode == 0, played.stdout
    assert "stack_secrets.custom_db_password" in played.stdout
    assert "immich-machine-learning" in played.stdout
    assert secret not in played.stdout + played.stderr


def test_services_may_use_the_settings_whether_the_inventory_sets_them_or_not(run):
    test = {"test": ["CMD", "ls", "{{ catalogue_settings.media_path }}"]}
    feeds = {"name": "feeds", "image": "feeds:{{ catalogue_settings.source.tag }}", "healthcheck": test}
    played = run(catalogue_services=[feeds])
    assert played.returncode == 0, played.stdout
    assert "caddy web-ui" in played.stdout and " feeds" in played.stdout


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"catalogue_services": [{"name": "feeds", "image": "{{ catalogue_settings.imge }}"}]}, "imge"),
        ({"stack_secrets": {"immich_db_password": "{{ vault_immich }}"}}, "vault_immich"),
    ],
)
def test_a_variable_that_is_not_defined_is_named(run, variables, says):
    played = run(**variables)
    assert played.returncode != 0
    assert f"'{says}'" in played.stdout
