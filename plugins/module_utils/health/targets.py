# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is to be checked: targets read from plain dicts, every mistake in them reported at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from re import Pattern
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

from ansible_collections.photosync.vps.plugins.module_utils.health import spec

_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "path": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "dict": (dict,),
    "list": (list, tuple),
}
_STATUS = re.compile(r"([1-5])xx|([1-5]\d\d)(?:-([1-5]\d\d))?")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ADDRESS = re.compile(
    r"\[(?P<bracketed>[0-9A-Fa-f:.]+)\](?::(?P<port>\d{1,5}))?"
    r"|(?P<bare>[0-9A-Fa-f]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)"
    r"|(?P<name>[^:\s/]+)(?::(?P<port_of_name>\d{1,5}))?"
)
# Headers whose values are no secrets; the values of all others never appear in a result.
_OPEN_HEADERS = {"accept", "accept-encoding", "accept-language", "cache-control", "content-type", "host", "user-agent"}


class TargetError(ValueError):
    """Some targets cannot be checked as described; ``problems`` has one line for each mistake."""

    def __init__(self, problems: Sequence[str]):
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True)
class Target:
    """One thing to check. Only the settings of its kind mean anything."""

    name: str
    kind: str
    timeout: float
    depends_on: tuple[str, ...] = ()
    url: str = ""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers_file: str = ""
    status: tuple[tuple[int, int], ...] = ()
    body: Optional[Pattern[str]] = None
    json: Mapping[str, Any] = field(default_factory=dict)
    connect_to: Optional[tuple[str, Optional[int]]] = None
    server_name: str = ""
    verify_tls: bool = True
    ca_file: str = ""
    ca_volume: str = ""
    min_days_valid: Optional[float] = None
    min_share_valid: Optional[float] = None
    certificate_from: str = ""
    host: str = ""
    port: int = 0
    container: str = ""
    project: str = ""
    service: str = ""
    min_uptime: float = 0.0
    restarts: int = 0
    command: tuple[str, ...] = ()

    @property
    def secrets(self) -> list[str]:
        """Values that must not appear in anything said about this target: as sent, and without their scheme."""
        values = [value for name, value in self.headers.items() if name.lower() not in _OPEN_HEADERS]
        return values + [word for value in values for word in value.split() if len(word) > 6]

    @property
    def subject(self) -> str:
        """What is checked, as people write it, without what might be secret in it."""
        if self.kind == "http":
            return re.split("[?#]", self.url)[0]
        if self.kind == "tcp":
            return ("[{0}]:{1}" if ":" in self.host else "{0}:{1}").format(self.host, self.port)
        if self.kind == "command":
            return self.command[0]
        return self.container or "/".join(filter(None, (self.project, self.service)))


def parse_targets(raw: Sequence[Mapping[str, Any]]) -> list[Target]:
    """Read targets from plain dicts; raises TargetError with every mistake in every one of them."""
    problems: list[str] = []
    targets: list[Target] = []
    for position, settings in enumerate(raw, start=1):
        reader = _Reader(position, settings)
        target = reader.target()
        problems.extend(reader.problems)
        if target is not None:
            problems.extend(_repeated(reader.label, target, targets))
            targets.append(target)
    if problems:
        raise TargetError(problems)
    return targets


def _repeated(label: str, target: Target, earlier: Sequence[Target]) -> list[str]:
    same = any(other.name == target.name and other.kind == target.kind for other in earlier)
    return [f"{label}: name: another {target.kind} target has this name"] if same else []


class _Reader:
    """Reads one target and remembers all that is wrong with it."""

    def __init__(self, position: int, settings: Any):
        self.problems: list[str] = []
        self.label = f"target {position}"
        self.given: dict[str, Any] = {}
        if not isinstance(settings, Mapping):
            self._wrong("", f"a dictionary is wanted, this is {type(settings).__name__}")
            return
        self.given = {str(key): value for key, value in settings.items() if value is not None}
        if isinstance(self.given.get("name"), str):
            self.label += " ({0})".format(self.given["name"])

    def _wrong(self, setting: str, message: str) -> None:
        self.problems.append(": ".join(part for part in (self.label, setting, message) if part))

    def target(self) -> Optional[Target]:
        """The target, or None when it has problems."""
        kind = None if self.problems else self._kind()
        if kind is None:
            return None
        read = {name: self._typed(name) for name in spec.COMMON + spec.SETTINGS[kind]}
        settings = {name: value for name, value in read.items() if value is not None}
        self._foreign(kind)
        self._missing(kind)
        settings.update(_SHAPES[kind](self, settings), depends_on=self._names(settings.get("depends_on", ())))
        if self.problems:
            return None
        target = Target(**dict(settings, name=settings.get("name", "")))
        return target if target.name else replace(target, name=target.subject)

    def _names(self, names: Sequence[Any]) -> tuple[str, ...]:
        if not all(isinstance(name, str) and name for name in names):
            self._wrong("depends_on", "a list of names is wanted")
        return tuple(str(name) for name in names)

    def _kind(self) -> Optional[str]:
        kind, choices = self.given.get("kind"), spec.TARGET["kind"]["choices"]
        if kind in choices:
            return str(kind)
        said = "" if kind is None else f", this is {kind!r}"
        self._wrong("kind", "one of {0} is wanted{1}".format(", ".join(choices), said))
        return None

    def _typed(self, name: str) -> Any:
        """The value of a setting or its default; None when there is none, or none that can be read."""
        option = spec.TARGET[name]
        value = self.given.get(name, option.get("default"))
        if value is None:
            return None
        if not _is(value, option["type"]):
            self._wrong(name, "{0} is wanted, this is {1}".format(option["type"], type(value).__name__))
        elif option.get("choices") and value not in option["choices"]:
            self._wrong(name, "one of {0} is wanted, this is {1!r}".format(", ".join(option["choices"]), value))
        elif name in spec.RANGES and not spec.RANGES[name][0] <= value <= spec.RANGES[name][1]:
            self._wrong(name, "{0} is not between {1:g} and {2:g}".format(value, *spec.RANGES[name]))
        else:
            return value
        return None

    def _foreign(self, kind: str) -> None:
        """Settings of another kind, or of none. Ansible fills in defaults of every kind: those are not mistakes."""
        known = spec.COMMON + spec.SETTINGS[kind]
        for name in sorted(set(self.given) - set(known)):
            if name in spec.TARGET:
                if self.given[name] != spec.TARGET[name].get("default"):
                    self._wrong(name, f"a target of kind {kind} has no such setting")
                continue
            close = difflib.get_close_matches(name, known, 1)
            self._wrong(name, "no such setting" + (f", {close[0]} perhaps?" if close else ""))

    def _missing(self, kind: str) -> None:
        for group in spec.NEEDS[kind]:
            if all(self.given.get(name) in (None, "", [], ()) for name in group):
                self._wrong(" or ".join(group), f"is needed for kind {kind}")

    def _tcp(self, _settings: Mapping[str, Any]) -> dict[str, Any]:
        return {}

    def _command(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        words = settings.get("command", ())
        if not all(isinstance(word, (str, int, float)) and "\0" not in str(word) for word in words):
            self._wrong("command", "a list of words is wanted")
        return {"command": tuple(str(word) for word in words)}

    def _container(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        if settings.get("container") and settings.get("project"):
            self._wrong("container", "name a container or a project, not both")
        if settings.get("service") and not settings.get("project"):
            self._wrong("service", "needs project, the Compose project that it is part of")
        return {}

    def _http(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        tls = self._url(settings["url"]) if settings.get("url") else True
        for lasting in ("min_days_valid", "min_share_valid"):
            if settings.get(lasting) is not None and not (tls and settings.get("verify_tls")):
                self._wrong(lasting, "needs an https URL and verify_tls")
        if settings.get("method") == "HEAD" and (settings.get("body") or settings.get("json")):
            self._wrong("method", "an answer to HEAD has no body to compare")
        return {
            "status": self._status(settings.get("status", ["200"])),
            "headers": self._headers(settings.get("headers", {})),
            "connect_to": self._address(settings["connect_to"]) if settings.get("connect_to") else None,
            "body": self._pattern(settings["body"]) if settings.get("body") else None,
        }

    def _url(self, url: str) -> bool:
        """Check an address; true when it is reached over TLS."""
        try:
            parts = urlsplit(url)
            port_is_a_number = parts.port is None or parts.port > 0
        except ValueError:
            parts, port_is_a_number = urlsplit(""), False
        if parts.username is not None or parts.password is not None:
            self._wrong("url", "put credentials into headers, a URL is shown to people")
        elif not url.isascii() or re.search(r"[\s\x00-\x1f]", url):
            self._wrong("url", "write it in ASCII without spaces (%20 in paths, xn-- in names)")
        elif parts.scheme not in ("http", "https") or not parts.hostname or not port_is_a_number:
            self._wrong("url", f"http://host[:port]/path or https://… is wanted, this is {url!r}")
        return parts.scheme == "https"

    def _status(self, codes: Sequence[Any]) -> tuple[tuple[int, int], ...]:
        ranges = []
        for code in codes:
            match = _STATUS.fullmatch(str(code))
            if not match:
                self._wrong("status", f"200, 2xx or 200-299 is wanted, this is {code!r}")
            elif match.group(1):
                ranges.append((int(match.group(1)) * 100, int(match.group(1)) * 100 + 99))
            else:
                ranges.append((int(match.group(2)), int(match.group(3) or match.group(2))))
        if not codes:
            self._wrong("status", "at least one is needed")
        return tuple(ranges)

    def _headers(self, headers: Mapping[str, Any]) -> dict[str, str]:
        """Header values stay out of messages: they may be secrets."""
        for name, value in headers.items():
            wrong = wrong_header(name, value)
            if wrong:
                self._wrong("headers", wrong)
        return {str(name): str(value) for name, value in headers.items()}

    def _address(self, address: str) -> Optional[tuple[str, Optional[int]]]:
        match = _ADDRESS.fullmatch(address)
        port = match and (match["port"] or match["port_of_name"])
        if not match or not 1 <= int(port or 443) <= 65535:
            self._wrong("connect_to", f"address, address:port or [IPv6]:port is wanted, this is {address!r}")
            return None
        return match["bracketed"] or match["bare"] or match["name"], int(port) if port else None

    def _pattern(self, pattern: str) -> Optional[Pattern[str]]:
        try:
            return re.compile(pattern)
        except re.error as error:
            self._wrong("body", f"{pattern!r} is no regular expression: {error}")
            return None


_SHAPES: dict[str, Callable[[_Reader, Mapping[str, Any]], dict[str, Any]]] = {
    "http": _Reader._http,
    "tcp": _Reader._tcp,
    "container": _Reader._container,
    "command": _Reader._command,
}


def wrong_header(name: Any, value: Any) -> str:
    """What is wrong with a header, without its value; "" when nothing is."""
    if not _TOKEN.fullmatch(str(name)):
        return f"{name!r} is no name of a header"
    if not isinstance(value, (str, int, float)) or re.search(r"[\r\n\x00]|[^\x00-\xff]", str(value)):
        return f"the value of {name} is not one line of Latin-1 text"
    return ""


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool) and kind != "bool":
        return False
    return isinstance(value, _TYPES[kind])
