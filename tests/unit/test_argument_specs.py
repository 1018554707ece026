"""The specifications of the roles say what the roles do."""

import pathlib
from typing import Any

import pytest
import yaml

ROLES = sorted((pathlib.Path(__file__).resolve().parents[2] / "roles").iterdir())
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
