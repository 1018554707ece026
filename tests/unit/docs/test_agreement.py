# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said in several places is the same everywhere, and what the code does."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
TOLD = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "roles").glob("*/README.md")),
    *sorted((ROOT / "inventories").rglob("*.yml")),
    *sorted((ROOT / "roles").glob("*/meta/*.yml")),
]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [path for path in TOLD if "Ubuntu" in path.read_text(encoding="utf-8")], ids=_name)
def test_wherever_ubuntu_is_named_it_is_called_untested(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if "Ubuntu" in line:
            around = " ".join(lines[max(number - 2, 0) : number + 2]).lower()
            assert "untested" in around or "never been run" in around, f"{path}:{number + 1}: {line}"


def test_what_make_test_leaves_out_is_what_is_marked() -> None:
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    said = {kind: set(names.split(", ")) for kind, names in re.findall(r"^- (nothing|a part) of: (.+)$", text, re.M)}
    found: dict[str, set[str]] = {"nothing": set(), "a part": set(), "all": set()}
    for folder in sorted((ROOT / "tests" / "integration").iterdir()):
        kinds = {_left_out(path) for path in folder.rglob("test_*.py") if "repository" not in path.parts}
        if kinds:
            found[kinds.pop() if len(kinds) == 1 else "a part"].add(folder.name)
    assert said == {kind: found[kind] for kind in ("nothing", "a part")}


def _left_out(path: Path) -> str:
    """How much of a file `make test` runs."""
    text = path.read_text(encoding="utf-8")
    if re.search(r"^pytestmark = .*mark\.full", text, re.M):
        return "nothing"
    return "a part" if re.search("mark.full|shown_by", text) else "all"


def test_where_restic_is_too_old_the_documents_say_that_the_role_fetches_it() -> None:
    defaults = yaml.safe_load((ROOT / "roles" / "backup" / "defaults" / "main.yml").read_text(encoding="utf-8"))
    assert set(defaults["backup_restic_binaries"]) == {"amd64", "arm64"}
    table = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    row = next(line for line in table.splitlines() if line.startswith("| Debian 12 |"))
    assert "0.14, is too old" in row and "is fetched" in row
    assert "yours to install" not in table
