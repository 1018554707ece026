# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/architecture.md shows the tree as it is: the layers that lint holds imports to, packages, files that exist."""

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[3]
ENGINE = ROOT / "plugins" / "module_utils"
TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WAYS = ("From an entry to a running service", "A backup", "A restore")


def layers() -> list[str]:
    """The lines of packages that lint knows, the highest first."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    return next(one["layers"] for one in tools["importlinter"]["contracts"] if one["type"] == "layers")


def section(heading: str) -> str:
    return TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def named_files(text: str) -> list[Path]:
    """Every file that is named, where it has to be."""
    return [
        (ROOT if (ROOT / name.split("/")[0]).is_dir() else ENGINE) / name
        for name in re.findall(r"`([\w.-]+/[\w./-]*)`", text)
    ]


def test_the_picture_shows_the_layers_that_lint_holds_imports_to() -> None:
    picture = ElementTree.parse(ROOT / "docs" / "img" / "layers.svg")
    assert [text.text for text in picture.iter() if text.get("class") == "layer"] == layers()


def test_every_package_stands_in_the_table_in_the_order_of_its_layer() -> None:
    described = re.findall(r"^\| `(\w+)` \|", TEXT, re.M)
    assert described == [name for layer in layers() for name in layer.split(" : ")]
    assert set(described) == {path.parent.name for path in ENGINE.glob("*/__init__.py")}


def test_every_file_that_the_map_names_exists() -> None:
    named = named_files(TEXT)
    assert len(named) > 80
    assert [str(path.relative_to(ROOT)) for path in named if not path.exists()] == []


@pytest.mark.parametrize("way", WAYS)
def test_a_way_has_at_most_ten_steps_and_each_names_the_file_that_does_it(way: str) -> None:
    steps = re.split(r"^(?=\d+\. )", section(way), flags=re.M)[1:]
    assert 5 <= len(steps) <= 10
    assert [step for step in steps if not named_files(step)] == []


def test_an_example_of_an_addition_is_in_the_files_that_its_line_names() -> None:
    lines = [line.split(" | ") for line in section("To add …").splitlines() if line.startswith("| a")]
    assert len(lines) >= 10
    for line in lines:
        where = "".join(path.read_text(encoding="utf-8") for path in named_files(line[1]) if path.is_file())
        for example in re.findall(r"`(\w[\w-]*)`", line[2]):
            assert example in where, (line[0], example)
