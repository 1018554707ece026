# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A copy gets what it lacks, whatever else lies in it; then the newest good point is whole there, or it has failed."""

from __future__ import annotations

import pytest
from integration.repositories.conftest import Served
from integration.repositories.test_copies import SFTP
from integration.restore import forged
from integration.restore.library import CONFIRM

pytestmark = pytest.mark.full

AWAY = "/root/sftp"


def test_a_point_from_the_future_in_a_copy_keeps_nothing_out_of_it(library: Served) -> None:
    library.settings(copies=[SFTP], retention={"keep_last": 3})
    first = library.back_up()
    ahead = forged.days_ago(-400)
    forged.lay(library, {ahead: ""}, AWAY)
    later = [library.back_up() for _time in range(2)]
    assert set(forged.held(library, AWAY)) - {""} == {first, *later, ahead}
    newest = library.answer("backup")["copies"][0]
    # Neither does what was pruned there come back.
    assert (len(newest["copied"]), newest["retention"]["removed"]) == (1, [first])


def test_what_a_copy_has_lost_is_copied_again_and_what_was_kept_before_a_restore_too(library: Served) -> None:
    library.settings(copies=[SFTP], retention={"keep_last": 4})
    old = library.back_up()
    library.restore(f"{old} --only files {CONFIRM}")
    (safety,) = [point["id"] for point in library.answer("points") if point["before_restore"]]
    new = library.back_up()
    opening = forged.OPEN.format(repository=AWAY)
    for point, part in ((old, "files"), (new, "manifest")):
        library.sh(
            f"{opening}; restic snapshots --json --no-lock --tag point={point},part={part} | python3 -c '"
            'import json, sys\nprint(json.load(sys.stdin)[0]["id"])\' | xargs restic forget --quiet'
        )
    assert set(library.answer("points --repository nas")[0]["missing"]) != set()
    last = library.back_up()
    assert library.places() == dict.fromkeys([old, safety, new, last], ["first", "nas"])


def test_one_point_that_cannot_be_read_keeps_no_other_from_a_copy_and_is_told(library: Served) -> None:
    library.settings(retention={"keep_last": 4})
    spoilt = library.answer("backup")["point"]
    tree = spoilt["databases"][0]["tree"]
    opening = forged.OPEN.format(repository=forged.REPOSITORY)
    # The pack of the folder in the dump's snapshot, which no other point needs.
    library.sh(
        f"{opening}; pack=$(restic find --tree {tree} --show-pack-id | sed -n 's/^Object belongs to pack //p');"
        f" rm {forged.REPOSITORY}/data/*/$pack; rm -rf /root/forging /var/cache/small"
    )
    library.settings(copies=[SFTP], retention={"keep_last": 4})
    said = library.refusal("backup")
    assert f"restore point {spoilt['id']} is not complete there, missing" in said
    newest = library.points(complete=True)[-1]
    assert library.places()[newest] == ["first", "nas"]
