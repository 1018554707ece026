# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables for people."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.cli import health, points
from ansible_collections.photosync.vps.plugins.module_utils.common import table
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Result


def test_columns_line_up_and_numbers_stand_to_the_right():
    assert table.render(["name", "size"], [["a", 5], ["longer", 1234]], right=["size"]).splitlines() == [
        "NAME    SIZE",
        "a          5",
        "longer  1234",
    ]


def test_what_is_unknown_shows_as_a_dash_no_line_is_broken_and_a_table_without_rows_is_its_headings():
    assert table.render(["a", "b"], [[None, "two\nlines"]]).splitlines()[1] == "-  two lines"
    assert table.render(["name", "state"], []) == "NAME  STATE"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (10**9, "953.7 MiB"), (2**41, "2.0 TiB")]
)
def test_sizes_are_readable(count, text):
    assert table.size(count) == text


def test_an_unhealthy_target_cannot_be_overlooked():
    well = Result("caddy", "container", "photo-sync-caddy-1", healthy=True)
    ill = Result("site", "http", "https://a.example", error="refused", latency_ms=3.2)
    assert health.render([well, ill]).splitlines()[1:] == [
        "caddy  container  healthy          -",
        "site   http       UNHEALTHY     3 ms  refused",
    ]


def test_a_point_that_lacks_a_part_says_which():
    point = {"id": "p1", "time": "2026-01-01T03:00:00+00:00", "host": "web1", "databases": 3, "bytes": 2048}
    point |= {"complete": False, "missing": ["manifest"]}
    assert points.render([point]).splitlines()[1].endswith("2.0 KiB  INCOMPLETE, lacks manifest")
