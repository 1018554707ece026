# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Retention throws nothing good away, and what lies in a repository decides nothing about the host."""

from __future__ import annotations

import json

import pytest
from integration.restore import forged
from integration.restore.library import CONFIRM, Library

# What a restore of the configuration alone lays aside goes two folders below this one.
PRECIOUS = "/var/lib/small/precious"
SPOIL = """
{open}
old=$(restic snapshots --json --no-lock --tag point={point} | python3 -c '
import json, sys
print(next(one["id"] for one in json.load(sys.stdin) if "part=manifest" in one["tags"]))')
tags=$(restic snapshots --json --no-lock "$old" | python3 -c '
import json, sys
print(",".join(json.load(sys.stdin)[0]["tags"]))')
restic dump "$old" /manifest.json | python3 -c '
import json, sys
made = json.load(sys.stdin)
made["configuration"]["paths"] = [sys.argv[1]]
print(json.dumps(made))' "{path}" >/root/manifest.json
restic backup --quiet --host restore --tag "$tags" --stdin --stdin-filename manifest.json </root/manifest.json
restic forget --quiet "$old"
"""


def test_three_restores_on_one_day_cost_no_good_point_its_place(library: Library) -> None:
    library.forget_points()
    forged.keep(library, keep_last=3)
    good = [forged.days_ago(days) for days in (5, 4, 3, 2)]
    kept = [forged.days_ago(0, f"bbb{number}") for number in range(3)]
    forged.lay(library, {**dict.fromkeys(good, ""), **dict.fromkeys(kept, f"before-restore={good[-1]}")})
    done = library.answer("prune")
    assert done["removed"] == good[:1]
    assert forged.held(library) == dict.fromkeys([*good[1:], *kept], {"files", "manifest"})


def test_a_foreign_snapshot_stops_nothing_and_is_named(library: Library) -> None:
    library.forget_points()
    forged.keep(library, keep_last=1)
    strange = forged.lay_foreign(library, "stack=small,point=zzz,part=manifest")
    said = library.sh("small backup 2>&1")
    assert said.count(f"snapshot {strange} is left alone: 'zzz' is not the ID of a restore point") == 1
    (point,) = library.points(complete=True)
    assert f"snapshot {strange} is left alone" in library.sh("small prune 2>&1")
    assert set(forged.held(library)) == {"zzz", point}


@pytest.mark.full
def test_a_manifest_that_leads_out_of_its_folder_is_refused_and_nothing_is_touched(library: Library) -> None:
    library.forget_points()
    library.sh(f"mkdir -p {PRECIOUS} && echo mine >{PRECIOUS}/file")
    point = library.back_up()
    library.sh(SPOIL.format(open=forged.OPEN.format(repository=forged.REPOSITORY), point=point, path="/../../precious"))
    said = library.refusal(f"restore {point} --only configuration {CONFIRM}")
    assert f"{point} cannot be relied on" in said
    assert "configuration: paths 1 has to be a whole path without . and .., not '/../../precious'" in said
    assert library.sh(f"cat {PRECIOUS}/file") == "mine\n"


@pytest.mark.full
def test_after_three_real_restores_the_good_points_and_what_was_there_before_can_be_restored(library: Library) -> None:
    library.forget_points()
    forged.keep(library, keep_last=2)
    good = [library.back_up() for _time in range(2)]
    wanted = library.photos()
    for _time in range(3):
        library.restore(f"{good[-1]} --only files {CONFIRM}")
    newer = library.back_up()
    held = forged.held(library)
    safety = [point["id"] for point in library.answer("points") if point["before_restore"]]
    assert len(safety) == 3
    assert set(held) - {""} == {good[-1], newer, *safety}
    library.restore(f"{safety[0]} --only files --safety none {CONFIRM}")
    assert library.photos() == wanted


@pytest.mark.full
def test_a_restore_goes_past_foreign_snapshots_and_one_manifest_too_many(library: Library) -> None:
    library.forget_points()
    good, spoilt = library.back_up(), library.back_up()
    wanted = library.photos(), library.rows()
    for tags in ("stack=small,point=zzz,part=files", "stack=small", f"stack=small,point={spoilt},part=manifest"):
        forged.lay_foreign(library, tags)
    assert library.points(complete=True) == [good]
    assert "one manifest: it has 2 that differ" in library.refusal(f"verify {spoilt}")
    library.sql("DELETE FROM album")
    said = library.restore(f"latest --safety none {CONFIRM}")
    assert f"{good} is restored and proved" in said
    assert (library.photos(), library.rows()) == wanted


@pytest.mark.full
def test_a_repository_that_somebody_else_is_at_is_waited_for_and_not_called_damaged(library: Library) -> None:
    library.forget_points()
    library.back_up()
    opening = forged.OPEN.format(repository=forged.REPOSITORY)
    library.sh(
        f"{opening}; (sleep 12; echo done) | restic backup --quiet --stdin --stdin-filename slow >/dev/null 2>&1 &"
        f' until [ -n "$(ls {forged.REPOSITORY}/locks)" ]; do sleep 0.1; done'
    )
    assert library.answer("check")["first"]["outcome"] == "good"
    assert library.alarm() == ""
    library.sh(f"mv {forged.REPOSITORY} {forged.REPOSITORY}.away")
    try:
        said = library.refusal("check")
    finally:
        library.sh(f"mv {forged.REPOSITORY}.away {forged.REPOSITORY}")
    assert "was not read, the repository cannot be reached" in said and "DAMAGED" not in said
    assert "DAMAGED" not in library.alarm()
    known = json.loads(library.sh("cat /var/lib/small/results.json"))["checks"]["first"]
    assert (known["outcome"], known["damaged"], known["ok"]) == ("unreachable", False, False)
