# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How outcomes add up to a result, and how other programs' words are made fit to be shown."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health.results import (
    Outcome,
    Result,
    masked,
    readable,
    verdict,
)

WELL = Outcome(True, "ok", latency=0.01234)
ILL = Outcome(False, "status", "status 503", latency=0.2)
WAITS = Outcome(False, "certificate_pending", "no certificate (yet)")


def test_the_first_outcome_and_every_other_one_is_news_and_a_repeated_one_is_none():
    result = Result("site", "http", "http://x/")
    unanswered = Outcome(False, "unanswered")
    assert [result.record(one, 1.0) for one in (unanswered, unanswered, ILL, ILL, WELL, WELL, ILL)] == [
        True, False, True, False, True, False, True,
    ]  # fmt: skip
    assert result.attempts == 7


def test_the_time_told_is_the_one_at_which_it_last_turned_healthy_and_how_it_began_is_remembered():
    result = Result("site", "http", "http://x/")
    assert (result.began, result.as_dict()["seconds"]) == ("", 0)
    for seconds, outcome in ((0.5, ILL), (1.0, WELL), (2.0, ILL), (3.00049, WELL), (4.0, WELL)):
        result.record(outcome, seconds)
    assert (result.seconds, result.latency_ms) == (3.0, 12.3)
    assert (result.began, result.state) == ("status 503", "healthy")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a" * 300, "a" * 300),
        ("start " + "b" * 299 + "!", "…" + "b" * 299 + "!"),
        (" one\r\n\ttwo\x1b[31;1m three\x07 ", "one two three"),
        ("so-very-secret" + "x" * 290, "…***" + "x" * 290),
        ("so-very-secret" + "x" * 297, "…ret" + "x" * 297),
        ("abc abcdef", "*** ***"),
    ],
    ids=["300 characters", "more", "one line", "a secret that was cut", "its last three", "a secret in another"],
)
def test_of_a_long_text_the_end_is_shown_on_one_line_without_secrets(text, shown):
    assert masked(readable(text), ["so-very-secret", "abc", "abcdef", ""]) == shown


def found(*outcomes):
    results = [Result(str(number), "http", "https://x/") for number, _outcome in enumerate(outcomes)]
    for result, outcome in zip(results, outcomes, strict=True):
        result.record(outcome, 1.0)
    return results


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], "healthy"),
        ([WELL, WELL], "healthy"),
        ([WELL, WAITS], "pending"),
        ([WAITS], "pending"),
        ([WELL, WAITS, ILL], "unhealthy"),
        ([ILL], "unhealthy"),
    ],
)
def test_pending_is_what_lacks_nothing_but_a_certificate(outcomes, expected):
    assert verdict(found(*outcomes)) == expected


def test_what_was_never_answered_is_not_pending():
    assert verdict([Result("site", "http", "https://x/")]) == "unhealthy"
