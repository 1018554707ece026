# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each role's README names its phases and variables as they are, and its tasks are called by what they do."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
TASKS = [*sorted((ROOT / "playbooks").glob("*.yml")), *sorted((ROOT / "roles").glob("*/tasks/*.yml"))]
# Verbs that say what is wished, or that somebody talks, and not what is done to the host.
NO_DEED = {"Ask", "Go", "Have", "Keep", "Know", "Lay", "Let", "Make", "Put", "Say", "Take", "Tell"}
every_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def blocks(entries: Any) -> Iterator[dict[str, Any]]:
    """Every play and task in a file, those inside of others too."""
    for entry in entries or []:
        yield entry
        for key in ("pre_tasks", "tasks", "post_tasks", "block", "rescue", "always"):
            yield from blocks(entry.get(key))


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def readme(role: Path) -> str:
    return (role / "README.md").read_text(encoding="utf-8")


def tags_of(role: Path) -> set[str]:
    """Tags of a role's phases: those that begin with its name."""
    tasks = [task for path in (role / "tasks").glob("*.yml") for task in blocks(read(path))]
    return {tag for task in tasks for tag in task.get("tags", []) if tag.startswith(f"{role.name}_")}


def variables_of(role: Path) -> set[str]:
    """What a role's specification declares, and the facts that it says to leave behind."""
    path = role / "meta" / "argument_specs.yml"
    points = read(path)["argument_specs"]
    declared = {name for point, spec in points.items() if point != "service" for name in spec.get("options", {})}
    return declared | set(re.findall(r"C\((\w+)\)", path.read_text(encoding="utf-8")))


@every_role
def test_a_readme_lists_every_phase_by_its_tag_and_no_other(role: Path) -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", readme(role), re.M)) == sorted(tags_of(role))


@every_role
def test_every_variable_that_a_readme_names_is_one_of_a_role(role: Path) -> None:
    known = set().union(*map(variables_of, ROLES), *map(tags_of, ROLES))
    named = re.findall(rf"`((?:{'|'.join(one.name for one in ROLES)})_\w+)`", readme(role))
    assert [name for name in named if name not in known] == []


@every_role
def test_a_readme_says_what_a_role_leaves_alone_and_where_its_reference_is_and_is_short(role: Path) -> None:
    text = readme(role)
    assert re.findall(r"^## (.+)", text, re.M) == ["Variables", "Example", "Left alone"]
    assert f"`ansible-doc --type role photosync.vps.{role.name}`" in text
    assert len(text.splitlines()) < 50


@every_role
def test_every_entry_point_that_a_readme_names_is_there(role: Path) -> None:
    others = readme(role).partition("Other entry points: ")[2].partition("\n## ")[0]
    named = re.findall(r"(?<!playbook )`(\w+)`", others)
    assert [name for name in named if not (role / "tasks" / f"{name}.yml").exists()] == []


@pytest.mark.parametrize("path", TASKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_name_of_a_task_says_what_it_does(path: Path) -> None:
    names = [task["name"] for task in blocks(read(path))]
    assert [name for name in names if re.split(r"\W", name)[0] in NO_DEED] == []
