"""The specifications of the roles say what the roles do."""

import importlib
import pathlib
import re
from typing import Any

import pytest
import yaml

ROLES = sorted((pathlib.Path(__file__).resolve().parents[2] / "roles").iterdir())
MODULES = "ansible_collections.photosync.vps.plugins.modules"
# Who calls these by themselves has no release that starts.
OF_ANY_STACK = ("healthcheck",)
every_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def read(path: pathlib.Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {} if path.exists() else {}


def entry_points(role: pathlib.Path) -> dict[str, Any]:
    return read(role / "meta" / "argument_specs.yml")["argument_specs"]


def defaults_said(role: pathlib.Path) -> dict[str, Any]:
    """Defaults of the variables in the entry points that Ansible validates; those of a catalogue are values in data."""
    return {
        name: option["default"]
        for entry_point, spec in entry_points(role).items()
        if entry_point not in ("settings", "service")
        for name, option in spec.get("options", {}).items()
        if "default" in option
    }


def options_of(options: dict[str, Any], path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every option, those inside of others too."""
    found = []
    for name, option in options.items():
        found.append((f"{path}{name}", option))
        found += options_of(option.get("options", {}), f"{path}{name}.")
    return found


@every_role
def test_every_default_is_the_one_that_its_specification_says(role):
    assert read(role / "defaults" / "main.yml") == defaults_said(role)


@every_role
def test_every_setting_has_a_type_and_a_description(role):
    for entry_point, spec in entry_points(role).items():
        assert spec["short_description"], entry_point
        for name, option in options_of(spec.get("options", {})):
            assert option.get("type"), name
            assert option.get("description"), name
            assert option["type"] != "list" or option.get("elements"), name


@every_role
def test_every_setting_begins_with_the_name_of_its_role(role):
    allowed = ("catalogue_", "stack_") if role.name == "catalogue" else (f"{role.name}_",)
    names = [
        name
        for entry_point, spec in entry_points(role).items()
        if entry_point != "service"
        for name in spec.get("options", {})
    ]
    assert [name for name in names if not name.startswith(allowed)] == []


def handed_on(value: Any) -> list[tuple[str, str, str]]:
    """Where a task hands a variable to a module of ours as it is: module, option, variable."""
    if isinstance(value, list):
        return [found for inner in value for found in handed_on(inner)]
    if not isinstance(value, dict):
        return []
    found = []
    for key, inner in value.items():
        if key.startswith("photosync.vps.") and isinstance(inner, dict):
            plain = {option: re.fullmatch(r"\{\{ (\w+) \}\}", str(said)) for option, said in inner.items()}
            found += [(key.rpartition(".")[2], option, name[1]) for option, name in plain.items() if name]
        else:
            found += handed_on(inner)
    return found


@every_role
def test_what_a_module_does_without_a_setting_is_what_the_setting_says_by_default(role):
    said = {name: default for other in ROLES for name, default in defaults_said(other).items()}
    for tasks in sorted((role / "tasks").glob("*.yml")):
        for module, option, name in handed_on(yaml.safe_load(tasks.read_text(encoding="utf-8"))):
            if name in said and module not in OF_ANY_STACK:
                argument = importlib.import_module(f"{MODULES}.{module}").ARGUMENTS[option]
                assert argument.get("default", said[name]) == said[name], f"{module} {option}"
