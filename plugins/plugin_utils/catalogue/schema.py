# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values held against ``roles/catalogue/meta/argument_specs.yml`` by Ansible's own validator."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

Spec = dict[str, Any]

_SETTING = re.compile(r"(?:argument|value of|option) ['\"]?(?P<name>\w+)")
_INSIDE = re.compile(r"found in '(?P<parent>[^']+)'")
_TYPE = re.compile(r"unable to convert to (?P<type>\w+): (?P<why>.+)", re.DOTALL)
# Said again, without the setting's path, where a dictionary with options is no dictionary.
_ECHO = re.compile(r"dictionary requested.*|.* must be of type dict or list of dicts")
_MISSING = re.compile(r"missing required arguments: (?P<names>[\w, ]+?)(?: found in (?P<parent>.+))?$")


class Schema:
    """One entry point of the specification."""

    def __init__(self, spec: Spec, entry_point: str) -> None:
        self.options: Spec = spec["argument_specs"][entry_point]["options"]
        self._validator = ArgumentSpecValidator(_with_defaults(self.options))

    def read(self, values: dict[str, Any], service: str | None = None) -> tuple[dict[str, Any], list[Problem]]:
        """Values converted and completed by defaults, every option present, and what is wrong with them."""
        result = self._validator.validate(said(self.options, values))
        # A copy: the validator hands out the very defaults of the specification.
        complete = plain(_without_empty(self.options, values, result.validated_parameters))
        problems = [_explained(message, service) for message in result.error_messages if not _ECHO.fullmatch(message)]
        return complete, [*_unknown(self.options, values, service), *problems]


def option_names(spec: Spec, entry_point: str) -> list[str]:
    """Names of an entry point's options."""
    return list(spec["argument_specs"][entry_point]["options"])


def plain(value: Any) -> Any:
    """A copy in Python's own types, without Ansible's notes about origin, trust and vault."""
    return json.loads(json.dumps(value, default=str))


def _with_defaults(options: Spec) -> Spec:
    """The same options, such that defaults inside of a dictionary apply when the whole dictionary is left out."""
    completed: Spec = {}
    for name, option in options.items():
        known = {key: value for key, value in option.items() if key != "description"}
        if "options" in option:
            known["options"] = _with_defaults(option["options"])
            if known["type"] == "dict" and "default" in option:
                known["apply_defaults"] = True
                known.pop("default")
        completed[name] = known
    return completed


def said(options: Spec, values: dict[str, Any]) -> dict[str, Any]:
    """The values without those that nobody set, and those that no option knows, which :func:`_unknown` reports."""
    return {
        name: _inside(options[name], value, said) if "options" in options[name] else value
        for name, value in values.items()
        if name in options and value is not None
    }


def _inside(option: Spec, value: Any, function: Any) -> Any:
    if isinstance(value, dict):
        return function(option["options"], value)
    if isinstance(value, list):
        return [function(option["options"], item) if isinstance(item, dict) else item for item in value]
    return value


def _without_empty(options: Spec, given: dict[str, Any], complete: dict[str, Any]) -> dict[str, Any]:
    """Add what the validator leaves out, and nothing for a dictionary without default that was not given."""
    found = {name: complete.get(name) for name in options}
    for name, option in options.items():
        value = found[name]
        if isinstance(value, dict) and "options" in option:
            found[name] = _without_empty(option["options"], _dict(given.get(name)), value)
        elif isinstance(value, list) and "options" in option:
            found[name] = _inside(option, value, lambda options, item: _without_empty(options, {}, item))
        elif value is None and "default" in option:
            found[name] = plain(option["default"])
    return found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _unknown(options: Spec, values: dict[str, Any], service: str | None, path: str = "") -> list[Problem]:
    found = []
    for name, value in values.items():
        if name not in options:
            found.append(_misspelt(name, list(options), path, service))
        elif "options" in options[name]:
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    found += _unknown(options[name]["options"], item, service, f"{path}{name}.")
    return found


def _misspelt(name: str, known: list[str], path: str, service: str | None) -> Problem:
    close = difflib.get_close_matches(str(name), known, 1)
    fix = f"did you mean {path}{close[0]}?" if close else f"remove it, or use one of: {', '.join(sorted(known))}"
    return problem(f"{path}{name}", "there is no such setting", fix, service)


def _explained(message: str, service: str | None) -> Problem:
    missing = _MISSING.search(message)
    if missing:
        parent = f"{_dotted(missing['parent'])}." if missing["parent"] else ""
        names = ", ".join(f"{parent}{name.strip()}" for name in missing["names"].split(","))
        return problem(names, "is missing", "set it", service)
    setting, inside, typed = _SETTING.search(message), _INSIDE.search(message), _TYPE.search(message)
    path = [_dotted(inside["parent"])] if inside else []
    return problem(
        ".".join([*path, setting["name"]]) if setting else "catalogue_services",
        f"is not of type {typed['type']}: {typed['why']}" if typed else message,
        "correct the value",
        service,
    )


def _dotted(parent: str) -> str:
    return parent.replace(" -> ", ".").strip(". '")
