# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A drill in short, for every run of the tests; tests/integration/drill has what goes wrong with them."""

from __future__ import annotations

from integration.drill.drills import Drills
from integration.restore.library import Library


def test_the_latest_point_is_proved_beside_what_serves_and_nothing_of_it_is_left(library: Library) -> None:
    drills, point = Drills(library), library.back_up()
    before = drills.face(), library.photos(), library.rows()
    outcome = drills.run()
    assert (outcome["ok"], outcome["point"]) == (True, point)
    assert (outcome["compared"]["rows"], outcome["compared"]["files"] >= 6) == (200, True)
    assert (drills.face(), library.photos(), library.rows()) == before
    assert drills.left() == ""
