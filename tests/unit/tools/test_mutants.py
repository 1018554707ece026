# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`make mutants` counts what an assertion notices and nothing else, and tries the same sample wherever lines move."""

import functools
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

import mutants
import mutations

TOY = '''
"""A module that decides."""

def allowed(age: int, name: str) -> bool:
    """Old enough, and known."""
    if not name:
        raise ValueError(f"nobody is {age + 1}")
    return age >= 18 and name in ("ann", "bob")
'''
TESTS = {
    "notices": "assert not allowed(17, 'ann') and allowed(18, 'ann') and not allowed(40, 'eve')",
    "sees_nothing": "allowed(40, 'ann')",
    "only_breaks": "{True: 1}[allowed(18, 'ann')]",
    "dies": "import os; allowed(18, 'ann') or os._exit(1)",
    "hangs": "import time; allowed(18, 'ann') or time.sleep(60)",
    "expects": "import pytest; pytest.raises(ValueError, allowed, 20, '')",
}


@pytest.fixture
def toy(tmp_path):
    (tmp_path / "toy.py").write_text(TOY, encoding="utf-8")
    text = "from toy import allowed\n" + "".join(f"def test_{name}():\n    {line}\n" for name, line in TESTS.items())
    (tmp_path / "test_toy.py").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("test", "change", "verdict"),
    [
        ("notices", "age > 18", "killed"),
        ("sees_nothing", "age < 18", "survived"),
        ("only_breaks", "age < 18", "error"),
        ("dies", "age < 18", "crashed"),
        ("hangs", "age < 18", "timed out"),
        ("expects", "pass", "killed"),
    ],
)
def test_only_a_failed_assertion_kills(toy, test, change, verdict):
    (mutant,) = [one for one in mutations.mutants("toy.py", TOY) if one.after == change]
    task = functools.partial(mutants.judge, mutant, [f"test_toy.py::test_{test}"], toy)
    ((_what, (said, _word)),) = mutants.in_processes([(mutant, task, 3.0 if test == "hangs" else 60.0)], 1)
    assert said == verdict


def test_what_decides_is_changed_and_what_is_said_is_not():
    kinds = {(one.kind, one.after) for one in mutations.mutants("toy.py", TOY)}
    assert kinds == {
        ("not", "name"),
        ("always", "True"),
        ("raise removed", "pass"),
        ("return", "return not (age >= 18 and name in ('ann', 'bob'))"),
        ("and/or", "age >= 18 or name in ('ann', 'bob')"),
        ("comparison", "age < 18"),
        ("boundary", "age > 18"),
        ("number", "19"),
        ("comparison", "name not in ('ann', 'bob')"),
        ("element removed", "('bob',)"),
        ("element removed", "('ann',)"),
    }


def test_the_sample_is_the_same_wherever_its_lines_have_moved_to():
    before, after = (mutations.mutants("toy.py", text) for text in (TOY, "import os\n\n\n" + TOY))
    chosen = [mutants.sampled([found], 4) for found in (before, after)]
    assert [one.after for one in chosen[0]] == [one.after for one in chosen[1]]
    assert len({one.kind for one in chosen[0]}) == 4


def test_each_file_has_its_share_and_the_smallest_a_few():
    large, small, tiny = (mutations.mutants(name, TOY) for name in ("large.py", "small.py", "tiny.py"))
    chosen = mutants.sampled([large * 20, small, tiny[:2]], 100)
    assert Counter(one.path for one in chosen) == {"large.py": 93, "small.py": 5, "tiny.py": 2}


def test_a_line_of_the_list_that_names_no_file_is_a_mistake(tmp_path):
    (tmp_path / "toy.py").write_text(TOY, encoding="utf-8")
    assert mutants.listed("# what decides\n*.py\n", tmp_path) == [f"{tmp_path.name}/toy.py"]
    with pytest.raises(SystemExit, match="gone.py"):
        mutants.listed("toy.py\ngone.py\n", tmp_path)
