# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Really killed with -9, once in a backup and once in a restore; `unit/restore/test_nights.py` kills anywhere."""

from __future__ import annotations

from ansible_collections.photosync.vps.plugins.module_utils.backup import create
from integration.restore.library import CONFIRM, PHOTOS, Library

BOUNDARY = f"saving {create.ORDER[-1]}"


def test_a_backup_killed_with_9_leaves_everything_serving_and_the_next_one_completes(provisioned: Library) -> None:
    provisioned.sh("small up >/dev/null 2>&1")
    good = provisioned.points(complete=True)
    before = provisioned.containers()
    provisioned.killed(BOUNDARY, "backup")
    assert provisioned.containers() == before
    assert provisioned.points(complete=True) == good
    made = provisioned.answer("backup")
    assert made["point"]["id"] in provisioned.points(complete=True)
    assert provisioned.points(complete=False) == [], "what was left of the dead one is removed"


def test_a_restore_killed_with_9_goes_on_to_its_end_and_the_only_copy_is_never_lost(library: Library) -> None:
    point = library.back_up()
    wanted = library.photos(), library.rows()
    library.sql("DELETE FROM album WHERE id > 50")
    library.sh(f"rm {PHOTOS}/2026/1.jpg; echo precious >{PHOTOS}/only-copy.jpg")
    spoilt = library.photos(), library.rows()
    library.killed("before noting databases", f"restore latest {CONFIRM}")
    assert "has not ended well yet" in library.refusal("backup")
    assert "only-copy.jpg" in library.sh(f"ls {PHOTOS}*/only-copy.jpg")
    assert "is restored and proved" in library.restore(f"latest {CONFIRM}")
    assert (library.photos(), library.rows()) == wanted
    assert library.serves()
    kept = library.points(before_restore=point, complete=True)
    library.restore(f"{kept[0]} --safety none {CONFIRM}")
    assert (library.photos(), library.rows()) == spoilt
    assert library.back_up()
