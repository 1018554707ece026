"""The filters: each documented, in a file of its name, as it is called."""

import inspect
import pathlib

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.filter import vps

FILTERS = pathlib.Path(__file__).resolve().parents[3] / "plugins" / "filter"


def test_every_filter_is_documented_and_nothing_else_is():
    assert sorted(path.stem for path in FILTERS.glob("*.yml")) == sorted(vps.FilterModule().filters())


@pytest.mark.parametrize("name", sorted(vps.MADE_IN))
def test_a_filter_takes_what_its_documentation_says(name):
    documented = yaml.safe_load((FILTERS / f"{name}.yml").read_text(encoding="utf-8"))["DOCUMENTATION"]
    positional = documented.get("positional", "").replace(" ", "").split(",") if "positional" in documented else []
    parameters = list(inspect.signature(vps.made(name)).parameters.values())[1:]
    assert documented["name"] == name
    assert [parameter.name for parameter in parameters] == positional
    for parameter in parameters:
        option = documented["options"][parameter.name]
        assert option.get("required", False) is (parameter.default is parameter.empty)
