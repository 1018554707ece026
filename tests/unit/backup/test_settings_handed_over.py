# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever the role backup declares reaches the module, evaluated, as one text; nobody lists it."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import EncryptedString, VaultLib, VaultSecret, VaultSecretsContext
from ansible.template import Templar, trust_as_template
from ansible_collections.photosync.vps.plugins.action.backup_settings import ActionModule
from ansible_collections.photosync.vps.plugins.plugin_utils.role_settings import ROLES, declared

DEFAULTS = yaml.safe_load((ROLES / "backup" / "defaults" / "main.yml").read_text(encoding="utf-8"))


def trusted(value: Any) -> Any:
    """As a variable of the inventory is, whose templates Ansible evaluates."""
    if isinstance(value, dict):
        return {key: trusted(inner) for key, inner in value.items()}
    return trust_as_template(value) if isinstance(value, str) else value


def handed_over(**variables: Any) -> dict[str, Any]:
    """The settings as the module gets them, from the role's defaults and these."""
    given = {"inventory_hostname": "web1", "stack_secrets": {}, **trusted(DEFAULTS), **variables}
    action = ActionModule(
        task=Mock(args={"stack": "small"}, async_val=0),
        connection=Mock(),
        play_context=Mock(),
        loader=DataLoader(),
        templar=Templar(DataLoader(), given),
        shared_loader_obj=None,
    )
    action._execute_module = Mock(return_value={})
    action.run(task_vars=given)
    arguments = action._execute_module.call_args.kwargs["module_args"]
    assert set(arguments) == {"stack", "settings"}
    return json.loads(arguments["settings"])


def test_every_setting_that_the_role_declares_is_handed_over_by_its_name_there() -> None:
    assert set(handed_over()) == {
        name.removeprefix("backup_") for name, (role, _option) in declared().items() if role == "backup"
    }


def test_templates_are_evaluated_and_texts_become_what_the_role_declares() -> None:
    found = handed_over(backup_append_only="yes", backup_retention={"keep_last": "2", "keep_daily": None})
    assert found["host"] == "web1"
    assert 1 <= int(found["drill_schedule"]["day"]) <= 28
    assert found["append_only"] is True
    assert found["retention"] == {"keep_last": 2}


def test_what_nobody_set_is_left_out_and_what_is_sent_to_others_is_as_it_was_written() -> None:
    hook = {"kind": "webhook", "url": "https://x/", "body": {"thread": None, "priority": 5}}
    (found,) = handed_over(backup_notifications=[{**hook, "timeout": None}])["notifications"]
    assert found == hook


def test_a_password_from_the_vault_is_what_was_encrypted() -> None:
    secret = VaultSecret(b"of-the-vault")
    VaultSecretsContext.initialize(VaultSecretsContext([("default", secret)]))
    encrypted = EncryptedString(ciphertext=VaultLib([("default", secret)]).encrypt("hunter2 {{ it's").decode())
    assert handed_over(backup_repository_password=encrypted)["repository_password"] == "hunter2 {{ it's"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"backup_copies": trusted("{{ nope }}")}, "backup_copies: cannot be evaluated: 'nope' is undefined"),
        ({"backup_check": {"parts": "many"}}, "backup_check.parts: is not of type int"),
    ],
)
def test_what_cannot_be_evaluated_or_read_is_one_error_that_names_the_setting(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(AnsibleError, match=said):
        handed_over(**wrong)
