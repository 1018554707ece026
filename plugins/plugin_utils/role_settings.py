# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variables of all roles, held against what the roles declare in their ``meta/argument_specs.yml``.

Ansible itself does this when a role begins, which is late: by then the roles before it have changed the host. And it
overlooks a variable whose name is misspelt.
"""

from __future__ import annotations

import difflib
import functools
import pathlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.schema import Schema, Spec, plain, said
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.backup_settings import backup_problems

ROLES = pathlib.Path(__file__).resolve().parents[2] / "roles"
# Entry points of the role catalogue that describe something else than its variables, or are judged in their own way.
ELSEWHERE = ("service", "settings")
CLOSE = 0.88
CLOSE_WORD = 0.82
# Begins the variables of many roles that others wrote. Of these only what is close to one of ours is meant for us.
OF_MANY = "docker_"


@functools.cache
def specification(role: str) -> Spec:
    """What a role declares."""
    return yaml_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))


@functools.cache
def declared() -> dict[str, tuple[str, Spec]]:
    """Every variable that a role declares: the role, and the option."""
    return {
        name: (role, option)
        for role in sorted(folder.name for folder in ROLES.iterdir())
        for entry_point, said in specification(role)["argument_specs"].items()
        if entry_point != "service"
        for name, option in (said.get("options") or {}).items()
    }


@functools.cache
def judged_here() -> dict[str, Spec]:
    """The options that are judged here: of all roles but the catalogue's, which are judged as it is resolved."""
    elsewhere = {name for point in ELSEWHERE for name in specification("catalogue")["argument_specs"][point]["options"]}
    return {name: option for name, (_role, option) in declared().items() if name not in elsewhere}


def wrong_settings(variables: Mapping[str, Any], evaluate: Callable[[Any], Any]) -> list[Problem]:
    """Everything wrong with the variables of roles by itself: names, types, and what would mean no backup.

    :param variables: all variables of a host, as they were written.
    :param evaluate: makes a value of what was written; raises AnsibleError where that cannot be.
    """
    fit, problems = _evaluated(judged_here(), variables, evaluate)
    refused = backup_problems({name.removeprefix("backup_"): fit[name] for name in fit if name.startswith("backup_")})
    known = {found["setting"] for found in refused}
    negative = (found for name in fit if name not in known for found in _negative(name, fit[name]))
    return [*_misspelt(variables), *problems, *refused, *negative]


def settings_of(
    role: str, variables: Mapping[str, Any], evaluate: Callable[[Any], Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """The values of what a role declares, named without the role's name, and what is wrong with their form."""
    own = {name: option for name, (owner, option) in declared().items() if owner == role}
    values, problems = _evaluated(own, variables, evaluate)
    return {name.removeprefix(f"{role}_"): value for name, value in values.items()}, problems


def settings_named(
    names: Iterable[str], variables: Mapping[str, Any], evaluate: Callable[[Any], Any]
) -> dict[str, Any]:
    """The values of those of these settings, of any role, that there are and that have the right form."""
    return _evaluated({name: declared()[name][1] for name in names}, variables, evaluate)[0]


def _evaluated(
    options: Mapping[str, Spec], variables: Mapping[str, Any], evaluate: Callable[[Any], Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Values of the right form, of those options that the variables name, and what is wrong with the others."""
    fit: dict[str, Any] = {}
    problems: list[Problem] = []
    for name in options:
        if name in variables:
            try:
                value, wrong = _read(name, options[name], plain(evaluate(variables[name])))
            except AnsibleError as error:
                value, wrong = None, [problem(name, f"cannot be evaluated: {error}", "correct it")]
            problems += wrong
            if not wrong:
                fit[name] = value
    return fit, problems


def foreign_settings(variables: Mapping[str, Any]) -> list[Problem]:
    """Variables that look like a role's and are none, for whoever thinks that they do something."""
    return [
        problem(
            name,
            f"is not a setting of the role {role}, and does nothing",
            f"remove it, or name it otherwise; ansible-doc --type role photosync.vps.{role} says what there is",
        )
        for name, role in _unknown(variables)
        if not _close(name) and not name.startswith(OF_MANY)
    ]


def _misspelt(variables: Mapping[str, Any]) -> Iterator[Problem]:
    for name in [*(name for name, _role in _unknown(variables)), *_misspelt_at_once(variables)]:
        close = _close(name)
        if close:
            role = declared()[close][0]
            yield problem(name, f"is not a setting of the role {role}", f"did you mean {close}?")


def _unknown(variables: Iterable[str]) -> list[tuple[str, str]]:
    """Variables that begin like a role's and that nobody declares, each with the role.

    What our roles keep for each other is none, nor is what a setting is made of: that is somebody's own.
    """
    roles = {folder.name for folder in ROLES.iterdir()}
    found = [(str(name), role) for name in variables for role in roles if str(name).startswith(f"{role}_")]
    unknown = [(name, role) for name, role in found if name not in declared()]
    return sorted((name, role) for name, role in unknown if not _is_used(name, variables))


def _misspelt_at_once(variables: Mapping[str, Any]) -> list[str]:
    """Variables whose first word is nearly that of ours, such as ``bakcup_retention``: no role's name begins them."""
    first = {name.partition("_")[0] for name in declared()}
    return sorted(
        name
        for name in map(str, variables)
        if name.partition("_")[0] not in first
        and difflib.get_close_matches(name.partition("_")[0], first, 1, CLOSE_WORD)
        and not _is_used(name, variables)
    )


def _is_used(name: str, variables: Any) -> bool:
    return name in _own_words() or any(name in str(variables[known]) for known in declared() if known in variables)


@functools.cache
def _own_words() -> str:
    """All that our roles do, in which every fact that they keep for each other has its name."""
    parts = (path for kind in ("tasks", "vars") for path in sorted(ROLES.glob(f"*/{kind}/**/*.yml")))
    return "\n".join(path.read_text(encoding="utf-8") for path in parts)


def _close(name: str) -> str:
    return next(iter(difflib.get_close_matches(name, declared(), 1, CLOSE)), "")


def _read(name: str, option: Spec, value: Any) -> tuple[Any, list[Problem]]:
    """A value of the option's type, without what nobody set, and what is wrong with its form."""
    if value is None:
        fix = "write a value, or remove the line for what is usual"
        return None, [] if option.get("default") is None else [problem(name, "has no value", fix)]
    values, problems = Schema({"argument_specs": {"main": {"options": {name: option}}}}, "main").read({name: value})
    if option["type"] == "bool" and isinstance(value, str) and values[name] is False:
        fix = f"write it without quotes, on a command line as -e '{{\"{name}\": false}}'"
        problems.append(problem(name, f"is the text {value!r}, which would count as true", fix))
    # A list that is written as one text is told apart from a list of one, so what is judged is what was written.
    return said({name: option}, {name: value} if option["type"] == "list" else values).get(name), problems


def _negative(path: str, value: Any) -> Iterator[Problem]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _negative(f"{path}.{name}", inner)
    elif isinstance(value, int) and value < 0:
        yield problem(path, f"has to be 0 or more, not {value}", "correct the value")
