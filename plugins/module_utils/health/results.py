# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one probe found (Outcome), what a check knows of a target in the end (Result), and what all of it amounts to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

HEALTHY, PENDING, UNHEALTHY = "healthy", "pending", "unhealthy"
# The server speaks TLS, but has no certificate for the name that it was asked for.
CERTIFICATE_PENDING = "certificate_pending"
MASK = "***"
CUT = "…"
# Of a secret that was cut, so much at its end still tells something.
TELLING = 4
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Outcome:
    """One look at one target.

    :param reason: one word for machines: ok, refused, timeout, status, oom, looping …
    :param final: looking again cannot help, so a check need not wait for its deadline.
    :param cut: it failed only because the check's own deadline left it less time than it may take.
    """

    healthy: bool
    reason: str
    error: str = ""
    latency: Optional[float] = None
    final: bool = False
    cut: bool = False
    details: dict[str, Any] = field(default_factory=dict)


@dataclass
class Result:
    """All that a check knows of one target.

    :param target: what was checked, as people write it.
    :param needs: names of the targets or services that it cannot be healthy without.
    :param began: what the first look found, in words; "" before it.
    :param seconds: time until it last turned healthy; the whole time when it is not.
    """

    name: str
    kind: str
    target: str
    healthy: bool = False
    attempts: int = 0
    seconds: float = 0.0
    latency_ms: Optional[float] = None
    error: str = ""
    reason: str = "unanswered"
    final: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    began: str = ""

    @property
    def pending(self) -> bool:
        """Is all that it lacks a certificate which is still to be issued?"""
        return not self.healthy and self.reason == CERTIFICATE_PENDING

    @property
    def state(self) -> str:
        """How it is, in words."""
        return HEALTHY if self.healthy else self.error or self.reason

    def record(self, outcome: Outcome, seconds: float) -> bool:
        """Take in one more outcome; true when it says something new."""
        before = (self.healthy, self.error, self.reason, self.attempts > 0)
        self.attempts += 1
        if not (outcome.healthy and self.healthy):
            self.seconds = round(seconds, 3)
        if outcome.latency is not None:
            self.latency_ms = round(outcome.latency * 1000, 1)
        if not (outcome.cut and self.error):
            self.healthy, self.reason, self.error = outcome.healthy, outcome.reason, outcome.error
            self.final, self.details = outcome.final, dict(outcome.details)
        self.began = self.began or self.state
        return before != (self.healthy, self.error, self.reason, True)

    def as_dict(self) -> dict[str, Any]:
        """The result as plain values, for JSON and for Ansible."""
        return {
            "name": self.name,
            "kind": self.kind,
            "target": self.target,
            "healthy": self.healthy,
            "attempts": self.attempts,
            "seconds": self.seconds,
            "latency_ms": self.latency_ms,
            "reason": self.reason,
            "error": self.error,
            "details": self.details,
        }


def verdict(results: Sequence[Result]) -> str:
    """HEALTHY when all are, PENDING when nothing but certificates is waited for, else UNHEALTHY."""
    if all(result.healthy for result in results):
        return HEALTHY
    return PENDING if all(result.healthy or result.pending for result in results) else UNHEALTHY


def readable(text: str, limit: int = 300) -> str:
    """What somebody else's program said, safe for a terminal and on one line; the end of it when it is long."""
    line = " ".join(_CONTROL.sub("", text).split())
    return line if len(line) <= limit else CUT + line[-limit:]


def without_control_characters(text: str) -> str:
    """One line of a log, safe for a terminal."""
    return _CONTROL.sub("", text).rstrip()


def masked(text: str, secrets: Iterable[str]) -> str:
    """``text`` with every secret in it replaced, and the end of one at which ``readable`` has cut it."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        whole, *cut = text.replace(secret, MASK).split(CUT)
        text = CUT.join([whole, *(_without_end_of(secret, part) for part in cut)])
    return text


def _without_end_of(secret: str, text: str) -> str:
    ends = (secret[-length:] for length in range(len(secret) - 1, TELLING - 1, -1))
    end = next((end for end in ends if text.startswith(end)), "")
    return MASK + text[len(end) :] if end else text
