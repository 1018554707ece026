# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kills for lack of memory in words: who, how often, when, and what to do about it."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common import table
from ansible_collections.photosync.vps.plugins.module_utils.health import oom_ledger
from ansible_collections.photosync.vps.plugins.module_utils.health.oom_reading import Look, look
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec


def kills_of(spec: Spec) -> list[dict[str, Any]]:
    """Look at a stack, remember what is new, and return one summary for each service in which processes were killed."""
    path = oom_ledger.path_of(spec.state_dir)
    kept = oom_ledger.load(path, time.time())
    seen = look(spec.stack, kept["looked"])
    if seen is None:
        return []
    kept = oom_ledger.observe(kept, seen)
    # A disk that is full is no reason to keep what was seen to oneself; the next look counts it again.
    with contextlib.suppress(OSError):
        oom_ledger.save(path, kept)
    return summaries(kept, seen)


def summaries(kept: oom_ledger.Ledger, seen: Look) -> list[dict[str, Any]]:
    """One for each service, with its kills since its start, of the last day and week, and of all that is remembered."""
    return [_summary(service, entry, kept["since"], seen) for service, entry in sorted(kept["services"].items())]


def _summary(service: str, entry: dict[str, Any], since: float, seen: Look) -> dict[str, Any]:
    containers = [container for container in seen.containers if container.service == service]
    hours = entry["hours"]
    return {
        "service": service,
        "since_start": sum(container.kills or 0 for container in containers),
        "last_24_hours": sum(hour["count"] for hour in hours if hour["last"] > seen.at - oom_ledger.DAY),
        "last_7_days": sum(hour["count"] for hour in hours),
        "total": entry["total"],
        "remembered_since": _moment(since),
        "last": _moment(hours[-1]["last"]) if hours else None,
        "restarts": sum(container.restarts for container in containers),
        "limit_bytes": max((container.limit or 0 for container in containers), default=0) or None,
        "own_limit": hours[-1]["own_limit"] if hours else True,
    }


def warnings(found: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each service in which a process was killed in the last seven days."""
    return [_warning(summary) for summary in found if summary["last_7_days"]]


def _warning(summary: dict[str, Any]) -> str:
    count, when = (summary["last_24_hours"], "24 h") if summary["last_24_hours"] else (summary["last_7_days"], "7 days")
    last = datetime.datetime.fromisoformat(summary["last"]).strftime("%Y-%m-%d %H:%M:%S")
    kills = "1 OOM kill" if count == 1 else f"{count} OOM kills"
    return f"warning: {summary['service']}: {kills} in the last {when}, the last at {last}; {_advice(summary)}"


def _advice(summary: dict[str, Any]) -> str:
    limit = f"limit {table.size(summary['limit_bytes'])}" if summary["limit_bytes"] else "no limit of its own"
    if summary["own_limit"] and summary["limit_bytes"]:
        return f"{limit}; raise deploy.resources.limits.memory"
    return f"{limit}, which was not reached: all services together need more memory than the host has for them"


def _moment(seconds: float) -> str:
    """As this host's clocks show it."""
    return datetime.datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")
