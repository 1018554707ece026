# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A point of data that has collapsed: kept, told of, and never in a good one's place."""

import pytest
from integration.guards.host import Guarded

pytestmark = pytest.mark.full


def test_a_collapse_makes_points_suspect_until_a_person_has_looked(guarded: Guarded) -> None:
    guarded.settings(retention={"keep_last": 1}, on_failure=["cp", "/dev/stdin", "/root/alarm"])
    good = guarded.back_up()
    guarded.sql("immich-postgres", "immich", "DELETE FROM asset WHERE path <> '/upload/1'")
    code, said = guarded.command("backup")
    assert code == 1
    reason = "database immich-postgres/immich: table public.asset had 500 rows and has 1"
    assert reason in said
    assert reason in guarded.sh("cat /root/alarm")
    listed = guarded.answer("points")
    assert [point["complete"] for point in listed] == [True, True], "retention has cost one of them"
    suspect = listed[1]["id"]
    assert (listed[0]["id"], listed[0]["suspect"], listed[1]["suspect"]) == (good, [], [reason])
    assert f"SUSPECT: {reason}" in guarded.command("points")[1]
    said = guarded.command("restore latest --dry-run")[1]
    assert f"restore point {good} of" in said
    assert f"younger ones are SUSPECT and have to be asked for by their IDs: {suspect}" in said
    said = guarded.command(f"restore {suspect} --dry-run")[1]
    assert f"restore point {suspect} is SUSPECT: {reason}" in said
    assert f"It is SUSPECT: {reason}" in said

    guarded.command("backup")
    listed = guarded.answer("points")
    assert [bool(point["suspect"]) for point in listed] == [False, True, True], "compared with a suspect one"
    another = listed[2]["id"]

    assert guarded.command(f"points accept {good}")[0] == 1
    assert guarded.command(f"points accept {suspect}") == (
        0,
        f"restore point {suspect} is accepted in repository first",
    )
    assert "complete, accepted by a person" in guarded.command("points")[1]
    assert f"restore point {suspect} of" in guarded.command("restore latest --dry-run")[1]
    code, said = guarded.command("backup")
    assert code == 0, said
    assert guarded.command(f"points discard {another}")[0] == 0
    left = [point["id"] for point in guarded.answer("points")]
    assert not {good, suspect, another} & set(left)
    assert len(left) == 1


def test_after_a_restore_points_are_compared_with_what_was_restored(guarded: Guarded) -> None:
    guarded.settings()
    few = guarded.back_up()
    guarded.sql("immich-postgres", "immich", "INSERT INTO asset (path) SELECT i::text FROM generate_series(1, 900) i")
    guarded.back_up()
    code, said = guarded.command(f"restore {few} --only immich-postgres --confirm photo-sync@web1 --safety none")
    assert code == 0, said
    code, said = guarded.command("backup")
    assert code == 0, said
    assert not guarded.answer("points")[-1]["suspect"]
