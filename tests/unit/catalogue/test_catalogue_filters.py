"""The filters: each in a file of its name, documented as it is called."""

from __future__ import annotations

import importlib
import inspect
import pathlib

import pytest
import yaml

FILTERS = pathlib.Path(__file__).resolve().parents[3] / "plugins" / "filter"
NAMES = sorted(path.stem for path in FILTERS.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_takes_what_its_documentation_says(name):
    module = importlib.import_module(f"ansible_collections.photosync.vps.plugins.filter.{name}")
    (called, function), *rest = module.FilterModule().filters().items()
    documented = yaml.safe_load(module.DOCUMENTATION)
    positional = documented.get("positional", "").replace(" ", "").split(",") if "positional" in documented else []
    parameters = list(inspect.signature(function).parameters.values())[1:]
    assert (called, rest, documented["name"]) == (name, [], name)
    assert [parameter.name for parameter in parameters] == positional
    for parameter in parameters:
        option = documented["options"][parameter.name]
        assert option.get("required", False) is (parameter.default is parameter.empty)
