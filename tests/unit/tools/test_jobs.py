# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs run beside each other: of a failed one everything is shown, and it ends the others or does not, as was asked."""

import time

import pytest
from support.jobs import Job, Shop

SAYS = "echo first; echo last"


@pytest.fixture
def shop(tmp_path):
    """A place for jobs."""
    return Shop(logs=tmp_path / "logs")


def jobs(**scripts):
    """Jobs by name, each a script."""
    return [Job(name, ["sh", "-c", script]) for name, script in scripts.items()]


def test_of_one_that_passes_the_last_line_is_shown_and_of_one_that_fails_everything(shop, capsys):
    shop.work(jobs(good=SAYS, bad=f"{SAYS}; exit 3", worse="exit 2"), 1, to_the_end=True)
    said = capsys.readouterr().out
    assert shop.failed == ["bad", "worse"], "not run to the end"
    assert "=== [1/3] good begins\n=== [1/3] good passed after 0 s, 0 s in all: last\n" in said
    assert "\nfirst\nlast\n=== [2/3] bad FAILED after 0 s" in said
    assert said.count("first") == 1
    assert (shop.logs / "good.log").read_text() == "first\nlast\n"


def test_else_the_first_that_fails_ends_the_others_which_clean_up_and_none_is_begun(shop, tmp_path, capsys):
    clean = f"trap 'touch {tmp_path}/cleaned; exit 1' INT; touch {tmp_path}/begun; sleep 60 & wait"
    bad = f"until [ -e {tmp_path}/begun ]; do sleep 0.05; done; exit 1"
    began = time.monotonic()
    shop.work(jobs(long=clean, bad=bad, later=f"touch {tmp_path}/later"), 2, to_the_end=False)
    assert time.monotonic() - began < 30
    assert shop.failed == ["bad"]
    assert (tmp_path / "cleaned").exists() and not (tmp_path / "later").exists()
    assert "later" not in capsys.readouterr().out


def test_no_more_run_at_once_than_was_asked(shop, tmp_path):
    script = f"mkdir {tmp_path}/here && sleep 0.2 && rmdir {tmp_path}/here"
    shop.work(jobs(one=script, two=script, three=script), 1, to_the_end=True)
    assert shop.failed == []
    shop.work(jobs(four=script, five=script), 2, to_the_end=True)
    assert len(shop.failed) == 1


def test_a_second_round_goes_on_counting(shop, capsys):
    shop.work(jobs(one="true"), 1, to_the_end=False)
    shop.work(jobs(two="true"), 1, to_the_end=True)
    assert "=== [2/2] two begins" in capsys.readouterr().out
