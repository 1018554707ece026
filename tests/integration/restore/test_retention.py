# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What lies in a repository decides nothing about the host, and somebody else at it is waited for."""

from __future__ import annotations

import json

import pytest
from integration.restore import forged
from integration.restore.library import Library


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
