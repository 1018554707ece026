# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is told of what: the settings of notifications, checked, and what is said to each. All of it pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.notify.results import OPERATIONS

COMMAND, WEBHOOK, MAIL = "command", "webhook", "mail"
START, SUCCESS, FAILURE, RECOVERY = "start", "success", "failure", "recovery"
EVENTS = (START, SUCCESS, FAILURE, RECOVERY)
# What each kind cannot do without.
NEEDS = {COMMAND: "command", WEBHOOK: "url", MAIL: "to"}
KNOWN = {"kind", "name", "events", "operations", "timeout", "method", "headers", "body", "from", *NEEDS.values()}
TITLES = {START: "begins", SUCCESS: "is done", FAILURE: "failed", RECOVERY: "works again"}
SECONDS = 15


@dataclass(frozen=True)
class Notification:
    """One way to tell somebody, and of what."""

    kind: str
    name: str
    events: tuple[str, ...] = (FAILURE, RECOVERY)
    operations: tuple[str, ...] = OPERATIONS
    command: tuple[str, ...] = ()
    url: str = ""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    to: tuple[str, ...] = ()
    sender: str = ""
    timeout: int = SECONDS


@dataclass(frozen=True)
class News:
    """Something that happened, in the words that every kind of notification may use."""

    stack: str
    host: str
    operation: str
    event: str
    message: str
    point: str = ""

    @property
    def title(self) -> str:
        """What happened, on one line."""
        return f"{self.stack} on {self.host}: {self.operation} {TITLES[self.event]}"

    def words(self) -> dict[str, str]:
        """What ``{word}`` stands for in a header or body."""
        names = ("stack", "host", "operation", "event", "message", "point", "title")
        return {name: getattr(self, name) for name in names}


def parse(given: Sequence[Mapping[str, Any]], on_failure: Sequence[str]) -> list[Notification]:
    """The notifications that the settings name; raises ValueError for one that cannot be sent.

    :param on_failure: a command that hears of failures, as settings had it before there were notifications.
    """
    found = [_one(number, dict(one)) for number, one in enumerate(given, 1)]
    _listed("on_failure", on_failure)
    if on_failure:
        found.append(Notification(COMMAND, "on_failure", events=(FAILURE,), command=tuple(on_failure), timeout=60))
    return found


def _one(number: int, given: dict[str, Any]) -> Notification:
    said = {key: value for key, value in given.items() if value is not None}
    kind = said.get("kind", "")
    name = str(said.get("name") or f"{number} ({kind})")
    if kind not in NEEDS:
        raise ValueError(f"notification {number}: kind has to be one of {', '.join(NEEDS)}, not {kind!r}")
    unknown = sorted(set(said) - KNOWN)
    if unknown:
        raise ValueError(f"notification {name}: unknown {', '.join(unknown)}; known: {', '.join(sorted(KNOWN))}")
    if not said.get(NEEDS[kind]):
        raise ValueError(f"notification {name}: {NEEDS[kind]} must be set for a {kind}")
    for key in ("command", "to", "events", "operations"):
        _listed(f"notification {name}: {key}", said.get(key) or [])
    events = _chosen(name, "events", said.get("events"), EVENTS, (FAILURE, RECOVERY))
    operations = _chosen(name, "operations", said.get("operations"), OPERATIONS, OPERATIONS)
    url = str(said.get("url", ""))
    # The address itself is a secret, so it is not repeated.
    if kind == WEBHOOK and not re.fullmatch(r"https?://[^\s/]+(/\S*)?(\?\S*)?", url):
        raise ValueError(f"notification {name}: url has to be an address that begins with https:// or http://")
    timeout = int(said.get("timeout") or SECONDS)
    if not 1 <= timeout <= 600:
        raise ValueError(f"notification {name}: timeout has to be 1 to 600 seconds")
    return Notification(
        kind,
        name,
        events,
        operations,
        command=tuple(str(word) for word in said.get("command") or ()),
        url=url,
        method=str(said.get("method") or "POST").upper(),
        headers={key: str(value) for key, value in (said.get("headers") or {}).items()},
        body=said.get("body"),
        to=tuple(said.get("to") or ()),
        sender=str(said.get("from") or ""),
        timeout=timeout,
    )


def _listed(name: str, given: Any) -> None:
    """A text would be taken for a list of its letters, and nothing is called like an empty first word."""
    if not isinstance(given, (list, tuple)) or not all(str(word).strip() for word in given[:1]):
        raise ValueError(f"{name} has to be a list of words, as in [mail, -s, backup failed, root]")


def _chosen(name: str, key: str, given: Any, known: Sequence[str], usual: Sequence[str]) -> tuple[str, ...]:
    chosen = tuple(usual if given is None else given)
    unknown = sorted(set(chosen) - set(known))
    if unknown or not chosen:
        raise ValueError(f"notification {name}: {key} has to be some of {', '.join(known)}, not {', '.join(unknown)}")
    return chosen


def event_for(notification: Notification, operation: str, happened: Sequence[str]) -> Optional[str]:
    """The event that this one is told of: the first of what happened that it wants to hear; None for nothing.

    A success after a failure is a recovery first, and a success for whoever does not care.
    """
    if operation not in notification.operations:
        return None
    return next((event for event in happened if event in notification.events), None)


def filled(template: str, words: Mapping[str, str]) -> str:
    """``template`` with ``{word}`` replaced where the word is known, and nothing else touched."""
    return re.sub(r"\{([a-z]+)\}", lambda found: words.get(found[1], found[0]), template)


def filled_all(value: Any, words: Mapping[str, str]) -> Any:
    """The same for every text in lists and dictionaries."""
    if isinstance(value, str):
        return filled(value, words)
    if isinstance(value, Mapping):
        return {key: filled_all(inner, words) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled_all(inner, words) for inner in value]
    return value
