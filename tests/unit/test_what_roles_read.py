# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A role reads its own variables, and public ones of those roles that it says it knows."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.plugin_utils.role_settings import ROLES, declared
from jinja2 import Environment, nodes

NAMES = sorted(folder.name for folder in ROLES.iterdir())
ENVIRONMENT = Environment(extensions=["jinja2.ext.do"], autoescape=True)
# Keywords whose value is an expression without braces.
BARE = ("when", "that", "changed_when", "failed_when", "until")
# Ansible's own words.
OF_ANSIBLE = re.compile(r"ansible_\w+|inventory_hostname|item|loop|omit|lookup|query|dict")
# What a role's own action plugin gives to templates.
GIVEN = {"catalogue": {"catalogue_settings"}}
# What a role reads of roles that it neither depends on nor imports, and that a play may be without.
KNOWS = {
    # What they found and worked out in the same run.
    "stack": {"docker", "preflight", "resource_limits"},
}


def parts(role: str) -> Iterator[Path]:
    for kind in ("tasks", "vars", "templates", "handlers", "defaults"):
        yield from sorted(path for path in (ROLES / role / kind).rglob("*") if path.is_file())


def read_in(text: str) -> set[str]:
    """Names that a template reads and does not set itself."""
    found = list(ENVIRONMENT.parse(text).find_all(nodes.Name))
    return {name.name for name in found if name.ctx == "load"} - {name.name for name in found if name.ctx != "load"}


def reads(value: Any, bare: bool = False) -> set[str]:
    """Names that anything in a YAML file reads."""
    if isinstance(value, dict):
        return set().union(*(reads(key) | reads(inner, key in BARE) for key, inner in value.items()))
    if isinstance(value, list):
        return set().union(*(reads(inner, bare) for inner in value))
    return read_in(f"{{{{ {value} }}}}" if bare and "{{" not in str(value) else str(value))


def keeps(value: Any) -> set[str]:
    """Names that tasks give to what they find or hand on."""
    if isinstance(value, list):
        return set().union(*(keeps(inner) for inner in value))
    if not isinstance(value, dict):
        return set()
    own = {name for key in ("vars", "ansible.builtin.set_fact") for name in value.get(key) or {}}
    own |= {value["register"]} if "register" in value else set()
    return own.union(*map(keeps, value.values()))


@functools.cache
def read_by(role: str) -> set[str]:
    return {
        name
        for path in parts(role)
        for name in (
            read_in(path.read_text(encoding="utf-8"))
            if path.suffix == ".j2"
            else reads(yaml.safe_load(path.read_text(encoding="utf-8")))
        )
        if not OF_ANSIBLE.fullmatch(name)
    }


@functools.cache
def kept_by(role: str) -> set[str]:
    """Names that the role has itself: settings, variables, facts, and what its tasks register."""
    files = {path: yaml.safe_load(path.read_text(encoding="utf-8")) for path in parts(role) if path.suffix == ".yml"}
    own = {name for path, said in files.items() if "tasks" not in path.parts for name in said}
    told = {name for path, said in files.items() if "tasks" in path.parts for name in keeps(said)}
    return (
        own | told | GIVEN.get(role, set()) | {name for name, (owner, _option) in declared().items() if owner == role}
    )


@functools.cache
def known_to(role: str) -> set[str]:
    """The roles that it depends on, also through others, that it imports, and that it knows besides."""
    meta = yaml.safe_load((ROLES / role / "meta" / "main.yml").read_text(encoding="utf-8"))
    tasks = "\n".join(path.read_text(encoding="utf-8") for path in parts(role) if "tasks" in path.parts)
    named = [
        *(one["role"] for one in meta["dependencies"]),
        *re.findall(r"^ +name: (photosync\.vps\.\w+)$", tasks, re.M),
    ]
    direct = {name.rpartition(".")[2] for name in named}
    return direct.union(KNOWS.get(role, set()), *(known_to(other) for other in direct))


@pytest.mark.parametrize("role", NAMES)
def test_a_role_reads_its_own_variables_and_public_ones_of_roles_that_it_knows(role: str) -> None:
    public = {name for other in known_to(role) for name in kept_by(other) if not name.startswith("_")}
    assert sorted(read_by(role) - kept_by(role) - public) == []


@pytest.mark.parametrize("role", NAMES)
def test_a_role_hands_nothing_to_the_inside_of_another(role: str) -> None:
    others = tuple(f"{line}{other}_" for other in NAMES if other != role for line in ("_", "__"))
    assert sorted(name for name in kept_by(role) if name.startswith(others)) == []


def test_no_playbook_reaches_into_a_role() -> None:
    for file in (ROLES.parent / "playbooks").glob("*.yml"):
        given = keeps(yaml.safe_load(file.read_text(encoding="utf-8")))
        assert sorted(name for name in given if name.startswith("_")) == [], file.name


@pytest.mark.parametrize("role", sorted(KNOWS))
def test_no_role_is_said_to_know_one_that_it_does_not_read(role: str) -> None:
    for other in KNOWS[role]:
        assert read_by(role) & kept_by(other), other
