"""Which host is restored, and which one makes restore points afterwards."""

from __future__ import annotations

import pytest
from integration.restore.library import CONFIRM, Library
from support.playbook import Run

pytestmark = pytest.mark.full


def test_a_run_for_several_hosts_is_refused_before_anything_happens(library: Library, tmp_path) -> None:
    other = tmp_path / "other.ini"
    other.write_text("[photosync]\nother ansible_host=192.0.2.1\n", encoding="utf-8")
    before = library.containers()
    run: Run = library.machine.play("restore", {}, f"--inventory={other}", "--limit=all")
    assert run.rc != 0
    assert "a restore takes one host a run, and these are 2" in run.output
    assert "Nothing was changed" in run.output
    assert library.containers() == before


def test_the_playbook_restores_a_part_and_only_looks_when_it_is_told_to(library: Library) -> None:
    library.back_up()
    wanted = library.rows()
    library.sql("DELETE FROM album WHERE id > 50")
    looked = library.machine.play("restore", {"restore_only": "databases", "restore_dry_run": True})
    assert looked.rc == 0, looked.output
    assert "database database/albums" in looked.output and "volume photos" not in looked.output
    assert library.rows() != wanted
    containers = library.containers()
    run = library.machine.play("restore", {"restore_only": "databases", "restore_confirm": "small@restore"})
    assert run.rc == 0, run.output
    assert "compared and found the same: 1 tables with 200 rows" in run.output
    assert library.rows() == wanted
    assert library.containers() == containers


def test_a_host_that_comes_back_after_another_was_restored_makes_no_points(library: Library) -> None:
    library.back_up()
    # The machine that is lost, the one that is restored, and then the lost one again.
    library.sh("mv /var/lib/small /root/lost; mkdir -m 0700 /var/lib/small")
    library.restore(f"latest {CONFIRM} --safety none")
    made = library.back_up()
    library.sh("mv /var/lib/small /root/restored; mv /root/lost /var/lib/small")
    said = library.sh("small backup", check=False)
    assert "small was restored on restore at" in said
    assert "small take-over" in said
    assert f"restore point {made} of" in library.restore("latest --dry-run")
    library.sh("small take-over")
    assert library.back_up()
    library.sh("rm -r /var/lib/small; mv /root/restored /var/lib/small")
    assert "small was restored on restore at" in library.sh("small backup", check=False)
    library.sh("small take-over")
