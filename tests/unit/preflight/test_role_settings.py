# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A variable of any role that is misspelt, or cannot be, is refused by name, from what the roles declare themselves."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible_collections.photosync.vps.plugins.plugin_utils.role_settings import (
    declared,
    foreign_settings,
    judged_here,
    wrong_settings,
)

ROLES = Path(__file__).resolve().parents[3] / "roles"
# What somebody writes for each type that is none of it.
OF_NO_TYPE: dict[str, Any] = {"int": "hunter2", "bool": "hunter2", "dict": "hunter2", "list": {"hunter2": 1}}


def defaults() -> dict[str, Any]:
    found = {}
    for file in ROLES.glob("*/defaults/main.yml"):
        found.update(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    # Made by templates, which nobody evaluates here.
    return {**found, "backup_drill_schedule": {"day": 7, "hour": 5, "minute": 31}, "backup_host": "web1"}


def judged(**variables: Any) -> dict[str, str]:
    """What is wrong with an inventory that sets these besides the defaults: by setting, message and fix."""
    found = wrong_settings({**defaults(), **variables}, lambda value: value)
    return {problem["setting"]: f"{problem['message']}; {problem['fix']}" for problem in found}


def misspelt(name: str) -> str:
    return name[:-2] + name[-1] + name[-2] if name[-1] != name[-2] else name[:-1]


def test_the_defaults_of_all_roles_are_no_problem() -> None:
    assert judged() == {}
    assert foreign_settings(defaults()) == []


@pytest.mark.parametrize("name", sorted(declared()))
def test_every_setting_of_every_role_is_refused_when_it_is_misspelt(name: str) -> None:
    said = judged(**{misspelt(name): 1})
    assert said == {misspelt(name): f"is not a setting of the role {declared()[name][0]}; did you mean {name}?"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("bakcup_retention", "backup_retention"),
        ("stak_domain", "stack_domain"),
        ("backups_retention", "backup_retention"),
    ],
)
def test_a_misspelt_first_word_is_found_too(name: str, meant: str) -> None:
    assert judged(**{name: 1})[name].endswith(f"did you mean {meant}?")


OWN = "my_backup_repository stock_domain vault_backup_repository bakcup_things"
OTHERS = """docker_users docker_package docker_packages docker_packages_state docker_edition docker_apt_repository
docker_compose_version stack_exchange backup_server restore_wanted photos_domain"""


@pytest.mark.parametrize("name", f"{OWN} {OTHERS}".split())
def test_a_variable_of_ones_own_or_of_others_is_not_taken_for_a_misspelt_one(name: str) -> None:
    assert judged(**{name: "x"}) == {}


@pytest.mark.parametrize("name", ["preflight_host", "preflight_source", "catalogue_resolved", "docker_engine_version"])
def test_what_our_roles_keep_for_each_other_is_neither_refused_nor_spoken_of(name: str) -> None:
    assert judged(**{name: {}}) == {}
    assert foreign_settings({name: {}}) == []


def test_what_a_setting_is_made_of_is_neither_refused_nor_spoken_of() -> None:
    made = {"backup_repository_2": "/srv/x", "backup_copies": "{{ [backup_repository_2] }}"}
    assert foreign_settings(made) == []
    assert "backup_repository_2" not in judged(**made)


def test_a_variable_that_begins_like_ours_and_does_nothing_is_spoken_of_but_not_refused() -> None:
    (found,) = foreign_settings({"backup_keep": 3, "docker_users": []})
    assert found["setting"] == "backup_keep"
    assert found["message"] == "is not a setting of the role backup, and does nothing"


TYPED = [name for name, option in sorted(judged_here().items()) if option["type"] in OF_NO_TYPE]


@pytest.mark.parametrize("name", TYPED)
def test_every_setting_of_another_type_is_refused_by_name(name: str) -> None:
    option = judged_here()[name]
    assert {setting.partition(".")[0] for setting in judged(**{name: OF_NO_TYPE[option["type"]]})} == {name}


@pytest.mark.parametrize("name", [name for name in TYPED if judged_here()[name]["type"] == "bool"])
@pytest.mark.parametrize("text", ["no", "false", "0", "off"])
def test_no_truth_value_that_is_a_text_counts_as_its_opposite(name: str, text: str) -> None:
    assert "would count as true" in judged(**{name: text})[name]
    assert judged(**{name: False, "backup_enabled": False}) == {}
    assert judged(**{name: "true"}) == {}


@pytest.mark.parametrize("name", [name for name in TYPED if judged_here()[name]["type"] == "int"])
def test_no_number_is_negative(name: str) -> None:
    assert list(judged(**{name: -1})) == [name]


@pytest.mark.parametrize("name", [name for name in sorted(judged_here()) if judged_here()[name].get("choices")])
def test_every_choice_is_one_of_those_that_there_are(name: str) -> None:
    assert list(judged(**{name: "hunter2"})) == [name]


@pytest.mark.parametrize(
    "name", [name for name, option in sorted(judged_here().items()) if option.get("default") is not None]
)
def test_every_setting_without_a_value_is_refused_and_not_taken_for_another_default(name: str) -> None:
    assert "has no value" in judged(**{name: None})[name]


KEYED = [name for name, option in sorted(judged_here().items()) if option["type"] == "dict" and "options" in option]


@pytest.mark.parametrize("name", KEYED)
def test_every_unknown_key_in_a_dictionary_is_refused_by_name(name: str) -> None:
    known = sorted(judged_here()[name]["options"])[0]
    assert f"did you mean {name}.{known}?" in judged(**{name: {known + "x": 1}})[f"{name}.{known}x"]


def test_what_cannot_be_evaluated_is_refused_by_name() -> None:
    def evaluate(value: Any) -> Any:
        if value == "{{ nope }}":
            raise AnsibleError("'nope' is undefined")
        return value

    (found,) = wrong_settings({**defaults(), "backup_environment": "{{ nope }}"}, evaluate)
    assert (found["setting"], found["message"]) == ("backup_environment", "cannot be evaluated: 'nope' is undefined")


def test_all_of_it_is_said_at_once() -> None:
    said = judged(
        backup_retenton={},
        backup_schedule={"our": 3},
        backup_retention={"keep_last": 0},
        backup_repository="backup/here",
        stack_lock_wait="soon",
        restore_only={},
    )
    assert sorted(said) == sorted(
        [
            "backup_retenton",
            "backup_schedule.our",
            "backup_retention",
            "backup_repository",
            "stack_lock_wait",
            "restore_only",
        ]
    )


@pytest.mark.parametrize(
    "variables",
    [
        {"backup_environment": "hunter2"},
        {"backup_environment": {"AWS_KEY": {"hunter2": 1}}},
        {"backup_notifications": "hunter2"},
        {"backup_notifications": [{"kind": "webhook", "url": "hunter2"}]},
        {"backup_notifications": [{"kind": "webhook", "url": "https://x", "headers": "hunter2"}]},
        {"backup_copies": [{"name": "nas", "repository": "/x", "environment": "hunter2"}]},
        {"backup_copies": [{"name": "nas", "repository": "ftp://ann:hunter2@nas/"}]},
    ],
    ids=str,
)
def test_no_secret_is_quoted(variables: dict[str, Any]) -> None:
    said = judged(**variables)
    assert said
    assert "hunter2" not in str(said)
