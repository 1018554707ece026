# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a restore point is not even begun."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.backup.create import refuse_backwards

NOW = datetime.datetime(2026, 11, 24, 3, 10, 0, 500000, tzinfo=datetime.UTC)


def at(time: str, complete: bool = True) -> dict:
    return {"time": time, "complete": complete}


def test_a_point_is_not_made_while_the_clock_is_behind_the_newest_one() -> None:
    with pytest.raises(PointError, match=r"it is 2026-11-24 03:10:00\+00:00 .* of 2026-11-26 03:00:00\+00:00"):
        refuse_backwards([at("2026-11-26T03:00:00+00:00"), at("2026-11-23T03:00:00+00:00")], NOW)


def test_two_in_one_second_zones_and_halves_of_points_are_no_reason() -> None:
    refuse_backwards([], NOW)
    refuse_backwards([at("2026-11-24T03:10:00+00:00")], NOW)
    refuse_backwards([at("2026-11-24T05:00:00+02:00")], NOW)
    refuse_backwards([at("2026-11-26T03:00:00+00:00", complete=False)], NOW)
