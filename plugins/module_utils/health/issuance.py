# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a certificate has not been issued, in the words of the Caddy that asks for it. Pure: reads lines of its log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.health.results import readable

# So many lines are looked through: one attempt writes about twenty, between what Caddy says of its services.
LOG_LINES = 1000
# Go's words for a server, here the authority, whose certificate is not trusted.
_UNTRUSTED = "x509:"


@dataclass(frozen=True)
class Trouble:
    """The last failure to get a certificate: what was said, and when (seconds since 1970).

    :param hopeless: no waiting helps; a setting has to change.
    """

    said: str
    at: float
    hopeless: bool

    def told(self, now: float) -> str:
        """For people."""
        when = f"{max(now - self.at, 0):.0f} s ago" if self.at else "the last time"
        what = "Caddy does not trust the authority that it asked" if self.hopeless else "Caddy asked for it"
        return f"{what} {when}: {self.said}"


def last_trouble(lines: Sequence[str], name: str) -> Optional[Trouble]:
    """The last failure to get a certificate for ``name`` that a log of Caddy's tells of, if it does."""
    for line in reversed(lines):
        entry = _entry(line)
        if entry.get("level") == "error" and entry.get("identifier") == name and entry.get("error"):
            said = str(entry["error"])
            return Trouble(readable(said), _seconds(entry.get("ts")), _UNTRUSTED in said)
    return None


def _entry(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _seconds(stamp: Any) -> float:
    return float(stamp) if isinstance(stamp, (int, float)) else 0.0
