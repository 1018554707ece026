"""Words for a field of cron's, and what Debian's cron does with them: asked of it, not looked up."""

from __future__ import annotations


def _pairs(**said: str) -> list[tuple[str, str]]:
    return [(field, text) for field, texts in said.items() for text in texts.split()]


TAKEN = _pairs(
    minute="0 59 * */5 */15 */90 1-5 3-3 1-5/2 1,2 03 007 *,5 5,* 1-5,10-20/5",
    hour="23 03 */3 9-17",
    day="31 1,15",
    month="1 12 jan JAN Dec jan-mar jan,mar 1-jan jan-dec/3",
    weekday="0 7 sun sat mon-fri 5-7 Sun,Mon sun-tue",
)
REFUSED_BY_CRON = _pairs(
    minute="60 */0 1-5/0 5/10 1,,2 1, ,1 -1 1- - a */ 1-70 99999999999",
    hour="24 25",
    day="0 32",
    month="january 0 13 jan/2",
    weekday="8 monday",
)
# Cron takes these lines. It never runs them, or reads the beginning of a word and skips the rest.
TAKEN_AND_NEVER_MEANT = _pairs(minute="5-1 1.5 *-5 *5 **", hour="3-1", month="mar-jan", weekday="fri-mon sat-sun")
