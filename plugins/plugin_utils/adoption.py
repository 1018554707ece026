# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of an adopted deployment as variables of the inventory, which has the last word where it has one."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.checks.addresses import is_example

SPEC = pathlib.Path(__file__).resolve().parents[2] / "roles" / "catalogue" / "meta" / "argument_specs.yml"
VOLUMES = "stack_volumes"


def adopted_variables(
    settings: Sequence[Mapping[str, Any]],
    inventory: Mapping[str, Any],
    known: Mapping[str, Any] | None = None,
    volumes: Mapping[str, str] | None = None,
    stack: str = "",
    file: str = "",
    confirm: str = "",
) -> dict[str, Any]:
    """Return ``{variables, lines, plan}``: what is to be written for the host, and the same for a person.

    The lines name the origin of each; the plan is all that follows from them, and how to have it done.

    :param settings: what the module adopt_info returned.
    :param inventory: what the inventory says so far, by variable.
    :param known: what was written before; it is part of the inventory by then.
    :param volumes: the engine's names of volumes; those that follow from the stack's name need not be said.
    :param file: what they are written to.
    :param confirm: what a person has to say to have it done.
    """
    variables, lines = dict(known or {}), []
    defaults = _defaults()
    for setting in settings:
        name, _dot, key = setting["variable"].partition(".")
        value, origin = setting["value"], setting["origin"]
        given = _dict(inventory.get(name)).get(key) if key else inventory.get(name)
        default = defaults[name][key] if key else defaults[name]
        if _is_said(given, default):
            if given != value:
                lines.append(f"{setting['variable']}: {given}, as the inventory says; the old deployment has {value}")
        elif value != default:
            variables[name] = {**_dict(inventory.get(name)), **_dict(variables.get(name)), key: value} if key else value
            lines.append(f"{setting['variable']}: {value} ({origin})")
    if volumes is not None:
        names = {**_dict(inventory.get(VOLUMES)), **volumes}
        variables[VOLUMES] = {name: engine for name, engine in sorted(names.items()) if engine != f"{stack}_{name}"}
    return {"variables": variables, "lines": lines, "plan": _plan(lines, stack, file, confirm)}


def _plan(lines: Sequence[str], stack: str, file: str, confirm: str) -> list[str]:
    return [
        *(["", f"settings, in {file}:", *(f"  {line}" for line in lines)] if lines else []),
        "",
        f"a copy of its settings and databases is made in /var/lib/{stack}/adopted first",
        "passwords become those of stack_secrets",
        f"to do it: -e adopt_confirm={confirm}",
    ]


def _defaults() -> dict[str, Any]:
    options = yaml_load(SPEC.read_text(encoding="utf-8"))["argument_specs"]["settings"]["options"]
    return {name: option.get("default") for name, option in options.items()}


def _is_said(given: Any, default: Any) -> bool:
    """Whether the inventory says something of its own: neither nothing, nor the default, nor what the example has."""
    return given not in (None, "", default) and not is_example(str(given).rpartition("@")[2])


def _dict(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
