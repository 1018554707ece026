# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a job runs, judged as Debian's cron judges it: it ignores a file with a line that it does not understand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

FIELDS = ("minute", "hour", "day", "month", "weekday")
RANGES = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
# Cron knows them by three letters, and not as whole words.
NAMES = {
    "month": ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "weekday": ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
}
# The longest that each month gets.
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PART = re.compile(r"(?P<every>\*)(?:/(?P<step>\d+))?|(?P<first>\w+)(?:-(?P<last>\w+)(?:/(?P<steps>\d+))?)?", re.ASCII)


def line_of(given: Mapping[str, Any], usual: Mapping[str, str]) -> str:
    """The five fields of a line; raises ValueError, with field and reason, for what cron would ignore or never do.

    :param given: fields by name; one that is None is not set.
    :param usual: what stands for a field that is not set, ``*`` besides; one that is here as "" has to be set.
    """
    fields = {name: str(value) for name, value in given.items() if value is not None}
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise ValueError(f"cron has no {', '.join(unknown)}; it has {', '.join(FIELDS)}")
    missing = [name for name in FIELDS if name not in fields and usual.get(name) == ""]
    if missing:
        raise ValueError("; ".join([f"{' and '.join(missing)} must be set", *_wrong(fields)]))
    said = {name: fields.get(name, usual.get(name, "*")) for name in FIELDS}
    chosen = {name: values(name, text) for name, text in said.items()}
    # With a day of the week cron takes either; without it the date has to be one that there is.
    dated = said["weekday"].startswith("*")
    if dated and all(min(chosen["day"]) > DAYS[month - 1] for month in chosen["month"]):
        raise ValueError(f"no month {said['month']!r} has a day {said['day']!r}, so it would never come")
    return " ".join(said.values())


def _wrong(fields: Mapping[str, str]) -> list[str]:
    """What is wrong with each field by itself: what is refused anyway says all of it at once."""
    found = []
    for name, text in fields.items():
        try:
            values(name, text)
        except ValueError as error:
            found.append(str(error))
    return found


def values(field: str, text: str) -> set[int]:
    """The numbers that a field stands for; raises ValueError for what cron does not take."""
    found: set[int] = set()
    for part in text.split(","):
        found |= _part(field, text, part)
    return found


def _part(field: str, text: str, part: str) -> set[int]:
    least, most = RANGES[field]
    parsed = _PART.fullmatch(part)
    if not parsed:
        raise ValueError(f"cron has no {field} {text!r}; write a number from {least} to {most}, or *, 1-5, 1,15, */2")
    if parsed["every"]:
        first, last = least, most
    else:
        first = _number(field, parsed["first"])
        last = _number(field, parsed["last"]) if parsed["last"] else first
    step = int(parsed["step"] or parsed["steps"] or 1)
    if not least <= first <= last <= most or not step:
        why = "a step of 0" if not step else f"it takes {least} to {most}, the lower first"
        raise ValueError(f"cron has no {field} {text!r}: {why}")
    return set(range(first, last + 1, step))


def _number(field: str, word: str) -> int:
    names = NAMES.get(field, ())
    if word.lower() in names:
        return names.index(word.lower()) + RANGES[field][0]
    if not word.isdigit():
        known = f", or one of {', '.join(names)}" if names else ""
        least, most = RANGES[field]
        raise ValueError(f"cron has no {field} {word!r}; write a number from {least} to {most}{known}")
    return int(word)
