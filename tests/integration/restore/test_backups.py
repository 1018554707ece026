# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A backup looks for room first and says how far it is; tests/integration/points has what happens on the way."""

from __future__ import annotations

import re

from integration.restore.library import PHOTOS, REPOSITORY, Library


def test_a_backup_that_would_fill_its_disk_is_not_begun_and_says_so_at_once(library: Library) -> None:
    library.forget_points()
    with library.small_disk(REPOSITORY, "300m"):
        good, before = library.back_up(), library.sh(f"find {REPOSITORY} -type f | sort")
        library.sh(f"head -c 60000000 /dev/urandom >{PHOTOS}/2026/big.raw")
        said = library.refusal("backup")
        assert f"the disk of {REPOSITORY} has" in said and "a point needs 57.2 MiB of it now" in said
        assert "Make room" in library.alarm()
        assert library.sh(f"find {REPOSITORY} -type f | sort") == before
        assert library.serves()
        library.sh(f"rm {PHOTOS}/2026/big.raw")
        newer = library.back_up()
        assert library.points(complete=True) == [good, newer]


def test_the_playbook_says_how_far_a_backup_is_while_it_runs(library: Library) -> None:
    run = library.machine.play("backup")
    assert run.rc == 0, run.output
    assert re.search(r"^  \S+: saving files$", run.output, re.MULTILINE), run.output
