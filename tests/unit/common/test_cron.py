# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A time that cron ignores means no backup, ever: what it takes is taken, what it ignores or reads as never is refused.

``tests/integration/guards`` has Debian's cron itself judge the same words.
"""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import cron
from support.cron_words import REFUSED_BY_CRON, TAKEN, TAKEN_AND_NEVER_MEANT

TIMES = {
    ("minute", "*/15"): {0, 15, 30, 45},
    ("minute", "1-5,10-20/5"): {1, 2, 3, 4, 5, 10, 15, 20},
    ("hour", "03"): {3},
    ("month", "jan-mar"): {1, 2, 3},
    ("weekday", "Sun,Mon"): {0, 1},
}


@pytest.mark.parametrize(("field", "text"), TAKEN)
def test_what_cron_takes_is_taken(field: str, text: str) -> None:
    assert cron.values(field, text) == TIMES.get((field, text), cron.values(field, text))


@pytest.mark.parametrize(("field", "text"), [*REFUSED_BY_CRON, *TAKEN_AND_NEVER_MEANT])
def test_what_cron_ignores_or_reads_as_something_else_is_refused(field: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"cron has no {field}"):
        cron.values(field, text)


@pytest.mark.parametrize("text", ["3 ", " 3", "3\n", "3\t", "%", "", "3\n* * * * * root reboot", "٣"])
def test_what_would_end_the_line_or_begin_another_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cron has no hour"):
        cron.line_of({"hour": text}, {})


@pytest.mark.parametrize(
    "given", [{"day": "31", "month": "2,4,6"}, {"day": "30", "month": "feb"}, {"day": "31", "month": "apr"}]
)
def test_a_date_that_no_year_has_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="would never come"):
        cron.line_of(given, {})


@pytest.mark.parametrize(
    "given", [{"day": "29", "month": "2"}, {"day": "31", "month": "2", "weekday": "mon"}, {"day": "31"}]
)
def test_a_date_that_comes_at_times_is_taken(given: dict[str, str]) -> None:
    assert cron.line_of(given, {})


def test_numbers_are_taken_as_they_come_from_yaml() -> None:
    assert cron.line_of({"hour": 3, "minute": 10}, {"hour": "", "minute": ""}) == "10 3 * * *"
