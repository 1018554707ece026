# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Data is shaped in Python and printed by Jinja: what roles and playbooks compute in YAML is counted, and small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.plugin_utils.role_settings import ROLES
from jinja2 import Environment, nodes

ENVIRONMENT = Environment(extensions=["jinja2.ext.do"], autoescape=True)
# Keywords whose value is an expression without braces.
BARE = ("when", "that", "changed_when", "failed_when", "until")
# What a value is handed to, or looked at by, without being shaped: filters of our own are Python.
PLAIN = ("default", "length")
OURS = "photosync.vps."
# What prints a value, or says where a file lies. All other filters walk data, which Python does.
PRINTING = (
    *("dirname", "realpath", "from_yaml", "to_nice_yaml", "quote", "join", "string"),
    *("upper", "replace", "urlencode", "random"),
)
STATEMENTS = (nodes.For, nodes.If, nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.FilterBlock, nodes.ExprStmt)
ARITHMETIC = (nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)
# How often one text may compute: a filter, a choice, a sum, a method of a value.
MOST = 2
# How often all of them together do. It only ever goes down.
ALTOGETHER = 37
# What exceeds that, by its place, and how much: which of a host's files go with which setting; whose settings count.
ALLOWED = {
    "backup/vars/main.yml __backup_unwanted": ["Add", "CondExpr", "CondExpr"],
    "stack/vars/main.yml __stack_wrong": ["|selectattr!"],
}


def texts(value: Any, name: str = "", bare: bool = False) -> Iterator[tuple[str, str]]:
    """Every text in a YAML file, with the key or the task that it belongs to."""
    if isinstance(value, dict):
        name = value.get("name", name) if isinstance(value.get("name"), str) else name
        for key, inner in value.items():
            yield from texts(inner, name or key, key in BARE)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, name, bare)
    elif isinstance(value, str):
        yield name, f"{{{{ {value} }}}}" if bare and "{{" not in value else value


def computed(text: str) -> list[str]:
    """What a template computes, each in a word; what is not for YAML at all has an exclamation mark."""
    found = []
    for node in ENVIRONMENT.parse(text).find_all(nodes.Node):
        if isinstance(node, nodes.Filter):
            if node.name not in PLAIN and not node.name.startswith(OURS):
                found.append(f"|{node.name}" + ("" if node.name in PRINTING else "!"))
        elif isinstance(node, (*STATEMENTS, *ARITHMETIC)):
            found.append(f"{type(node).__name__}!")
        elif isinstance(node, (nodes.CondExpr, nodes.Add)):
            found.append(type(node).__name__)
        elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
            found.append(f".{node.node.attr}()")
    return found


def files() -> list[Path]:
    kinds = ("tasks", "handlers", "defaults", "vars")
    of_roles = (path for kind in kinds for path in ROLES.glob(f"*/{kind}/**/*.yml"))
    return sorted([*of_roles, *(ROLES.parent / "playbooks").glob("*.yml")])


def everything() -> dict[str, list[list[str]]]:
    """What each text computes that computes anything, by file and key or task."""
    found: dict[str, list[list[str]]] = {}
    for path in files():
        for name, text in texts(yaml.safe_load(path.read_text(encoding="utf-8"))):
            if computed(text):
                found.setdefault(f"{path.relative_to(ROLES)} {name}", []).append(computed(text))
    return found


def too_much(words: list[str]) -> bool:
    return len(words) > MOST or any(word.endswith("!") for word in words)


def test_a_text_of_yaml_computes_little_and_walks_no_data() -> None:
    exceeding = {place: words for place, found in everything().items() for words in found if too_much(words)}
    assert exceeding == ALLOWED, "the Python that knows it hands over what is finished"


def test_all_of_them_together_do_not_grow() -> None:
    words = Counter(word for found in everything().values() for one in found for word in one)
    assert sum(words.values()) <= ALTOGETHER, words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("plain {{ a.b | default('') | photosync.vps.stack_spec }} and {{ a | length }} of {{ b ~ c }}", []),
        ("{{ (a | dirname) if a is exists else b + c }}", ["Add", "CondExpr", "|dirname"]),
        ("{{ a | map('upper') | selectattr('b') | list }}", ["|list!", "|map!", "|selectattr!"]),
        ("{% for one in a %}{% if one %}{% set b = one %}{% endif %}{% endfor %}", ["Assign!", "For!", "If!"]),
        ("{{ a // 2 * 3 }}{{ a.split()[1] }}", [".split()", "FloorDiv!", "Mul!"]),
        ("{% do a.append(1) %}", [".append()", "ExprStmt!"]),
    ],
)
def test_what_computes_is_told_from_what_prints(text: str, words: list[str]) -> None:
    assert sorted(computed(text)) == words
