# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What went wrong, in words for somebody who is woken by it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional
from urllib.parse import urlsplit

from ansible_collections.photosync.vps.plugins.module_utils.health.cause import Cause, root_cause
from ansible_collections.photosync.vps.plugins.module_utils.health.results import HEALTHY, PENDING, Result, verdict

ISSUING = """\
It is asked for again by itself, ever more rarely; a restart of the server asks at once. What an authority wants to see:
- the name leads to this machine in DNS, with its A record and, where there is one, its AAAA record;
- ports 80 and 443 of this machine are reached from the internet, through every firewall and router;
- no more certificates than it grants (error 429, rateLimited): wait as long as it says, and restart nothing."""


def report(results: Sequence[Result], depends_on: Optional[Mapping[str, Sequence[str]]] = None) -> dict[str, Any]:
    """What both modules return: every result, the verdict, the first cause and a message with all of it."""
    cause = root_cause(results, depends_on)
    return {
        "healthy": verdict(results) == HEALTHY,
        "verdict": verdict(results),
        "pending": [result.name for result in results if result.pending],
        "results": [result.as_dict() for result in results],
        "root_cause": None if cause is None else _summary(cause),
        "msg": message(results, None if cause is None else str(cause)),
    }


def during_a_restore(found: dict[str, Any], half: str) -> dict[str, Any]:
    """The report of a stack of which a restore is half done: that comes first, and no service is to blame for it.

    :param half: what is half done, and the ways on, line by line; the report stays as it is where it is empty.
    """
    if not half:
        return found
    failing = [result["name"] for result in found["results"] if not result["healthy"]]
    cause = {"name": "restore", "kind": "restore", "reason": "unfinished", "error": half.splitlines()[0]}
    said = ["not healthy meanwhile: {0}".format(", ".join(failing))] if failing else [found["msg"]]
    return {
        **found,
        "root_cause": {**cause, "explains": failing} if failing else None,
        "msg": "\n".join([half, *said]),
    }


def diff(results: Sequence[Result]) -> dict[str, str]:
    """How each target was when it was first looked at, and how it is now, in Ansible's diff form."""
    return {
        "before": "".join(f"{result.name}: {result.began}\n" for result in results if result.began),
        "after": "".join(f"{result.name}: {result.state}\n" for result in results),
    }


def _summary(cause: Cause) -> dict[str, Any]:
    first = cause.result
    return {
        "name": first.name,
        "kind": first.kind,
        "reason": first.reason,
        "error": first.error,
        "explains": list(cause.explains),
    }


def message(results: Sequence[Result], cause: Optional[str]) -> str:
    """One line when all is well; else the first cause, then each failure with what its container last said."""
    failing = [result for result in results if not result.healthy]
    if not failing:
        slowest = max((result.seconds for result in results), default=0.0)
        return f"{_counted(len(results))} healthy after {slowest:.1f} s"
    if verdict(results) == PENDING:
        return _pending_message(results, failing)
    seconds = max(result.seconds for result in failing)
    verb = "is" if len(failing) == 1 else "are"
    lines = [f"{len(failing)} of {_counted(len(results))} {verb} not healthy after {seconds:.1f} s."]
    if cause:
        lines.append("Look here first: " + cause)
    for result in failing:
        lines.extend(_lines(result))
    return "\n".join(lines)


def _pending_message(results: Sequence[Result], pending: Sequence[Result]) -> str:
    names = dict.fromkeys(urlsplit(result.target).hostname or result.target for result in pending)
    rest = len(results) - len(pending)
    lines = ["PENDING: no certificate has been issued yet for {0}.".format(", ".join(names))]
    if rest:
        lines.append(f"All else is healthy ({_counted(rest)}). What the site answers is not known until then.")
    lines += [line for result in pending for line in _lines(result)]
    return "\n".join([*lines, ISSUING])


def _counted(number: int, what: str = "target") -> str:
    return "{0} {1}{2}".format(number, what, "" if number == 1 else "s")


def _lines(result: Result) -> list[str]:
    what = [result.kind] + ([result.target] if result.target != result.name else [])
    looks = "" if result.kind == "container" else ", {0}".format(_counted(result.attempts, "attempt"))
    lines = ["- {0} ({1}{2}): {3}".format(result.name, " ".join(what), looks, result.error)]
    probe = result.details.get("last_probe")
    if probe and probe not in result.error:
        lines.append("    last probe: " + probe)
    log = result.details.get("log") or []
    if log:
        lines.append("    end of the log of {0}:".format(result.details["container"]))
        lines.extend("      " + line for line in log)
    return lines
