# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Killed with -9 between any two steps of a backup or a restore: nothing half is offered, nothing lost, it goes on."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import create
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from integration.restore.library import CONFIRM, PHOTOS, Library
from support.kinds import shown_by

# The engine names its phases, so a new one is tried here by itself.
SAVING = [f"saving {phase}" for phase in create.ORDER]

# What is kept before a restore is a backup of its own, and a restore ends with its journal.
WITHIN = {"safety": SAVING, "finish": ["before closing"]}
BETWEEN = [step for phase in restore.ORDER for step in (f"phase {phase}", *WITHIN.get(phase, []))]
# What has been done, and nobody has noted it yet.
DONE = [f"before noting {phase}" for phase in restore.ORDER]


@pytest.mark.parametrize("boundary", shown_by(SAVING[-1], [*SAVING, "restore point "]))
def test_a_backup_killed_anywhere_leaves_everything_serving_and_the_next_one_completes(
    provisioned: Library, boundary: str
) -> None:
    provisioned.sh("small up >/dev/null 2>&1")
    good = provisioned.points(complete=True)
    before = provisioned.containers()
    provisioned.killed(boundary, "backup")
    assert provisioned.containers() == before
    complete = provisioned.points(complete=True)
    assert len(complete) - len(good) == (0 if boundary in SAVING else 1)
    made = provisioned.answer("backup")
    assert made["point"]["id"] in provisioned.points(complete=True)
    assert provisioned.points(complete=False) == [], "what was left of the dead one is removed"


def test_the_first_backup_of_a_host_killed_anywhere_does_not_shut_it_out_of_its_own_repository(
    provisioned: Library,
) -> None:
    provisioned.sh("small up >/dev/null 2>&1")
    for boundary in ("before remembering", "restore point "):
        provisioned.forget_points()
        provisioned.killed(boundary, "backup")
        assert provisioned.back_up(), boundary


@pytest.mark.full
@pytest.mark.parametrize("boundaries", [pytest.param(BETWEEN, id="between phases"), pytest.param(DONE, id="done")])
def test_a_restore_killed_at_every_boundary_goes_on_to_its_end_and_the_only_copy_is_never_lost(
    library: Library, boundaries: list[str]
) -> None:
    point = library.back_up()
    wanted = library.photos(), library.rows()
    library.sql("DELETE FROM album WHERE id > 50")
    library.sh(f"rm {PHOTOS}/2026/1.jpg; echo precious >{PHOTOS}/only-copy.jpg")
    spoilt = library.photos(), library.rows()
    for boundary in boundaries:
        library.killed(boundary, f"restore latest {CONFIRM}")
        if boundary.startswith("saving"):
            assert library.points(before_restore=point, complete=True) == [], boundary
        if boundary.endswith(" credentials"):
            assert "has not ended well yet" in library.refusal("backup")
        if boundary not in ("before closing", "before noting finish"):
            assert "only-copy.jpg" in library.sh(f"ls {PHOTOS}*/only-copy.jpg"), boundary
    if boundary != "before noting finish":
        assert "is restored and proved" in library.restore(f"latest {CONFIRM}")
    assert (library.photos(), library.rows()) == wanted
    assert library.serves()
    kept = library.points(before_restore=point, complete=True)
    library.restore(f"{kept[0]} --safety none {CONFIRM}")
    assert (library.photos(), library.rows()) == spoilt
    assert library.back_up()
