# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sizes and durations as Compose writes them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[bkmgt]?)b?", re.IGNORECASE)
_BYTES = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:us|ms|s|m|h))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}


def parse_size(text: str) -> int:
    """Bytes in a size such as 512M; raises ValueError when it is none."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not a size")
    return int(float(found["number"]) * _BYTES[found["unit"].lower()])


def parse_duration(text: str) -> float:
    """Seconds in a duration such as 1m30s; raises ValueError when it is none."""
    if not _DURATION.fullmatch(text.strip()):
        raise ValueError(f"{text!r} is not a duration")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def duration(seconds: float) -> str:
    """Seconds as :func:`parse_duration` reads them, in whole minutes: 1h30m."""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")
