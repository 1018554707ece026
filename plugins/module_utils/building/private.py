# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of builds that may hold a password: they become BuildKit's secrets, and are hidden in what is said."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

FILE = "build.env"
MASK = "********"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
CA_BUNDLE = "ca_bundle"
CA_PATH = f"/run/secrets/{CA_BUNDLE}"
SHORTEST = 4
_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+(?=@)")


@dataclass(frozen=True)
class Private:
    """Proxies and package indexes as variables (see ``FILE``), and the path of a bundle of authorities, or nothing."""

    variables: dict[str, str] = field(default_factory=dict)
    ca_bundle: str = ""

    def argv(self) -> list[str]:
        """What BuildKit is told. Values are not in it: every user of the host can read command lines."""
        proxies = [name for name in PROXIES if name in self.variables]
        return [
            *(f"--build-arg={form}" for name in proxies for form in (name, name.lower())),
            *(f"--secret=id={name},env={_variable(name)}" for name in self._files()),
            *([f"--secret=id={CA_BUNDLE},src={self.ca_bundle}"] if self.ca_bundle else []),
        ]

    def for_compose(self, project: dict[str, Any]) -> dict[str, Any]:
        """A Compose project that hands the same to what it builds; the values are in :meth:`environment` only."""
        secrets: dict[str, dict[str, str]] = {name: {"environment": _variable(name)} for name in self._files()}
        if self.ca_bundle:
            secrets[CA_BUNDLE] = {"file": self.ca_bundle}
        if not secrets:
            return project
        services = {name: _with_secrets(service, sorted(secrets)) for name, service in project["services"].items()}
        return {**project, "services": services, "secrets": {**project.get("secrets", {}), **secrets}}

    def environment(self) -> dict[str, str]:
        """The values, for BuildKit's own process."""
        proxies = {name: value for name, value in self.variables.items() if name in PROXIES}
        lower = {name.lower(): value for name, value in proxies.items()}
        return {**proxies, **lower, **{_variable(name): text for name, text in self._files().items()}}

    def mask(self, text: str) -> str:
        """The text without passwords: those that are known, and whatever stands where an address has one."""
        known = (part for value in self.variables.values() for part in _credentials(value))
        for part in sorted(known, key=len, reverse=True):
            text = text.replace(part, MASK)
        return _IN_ADDRESS.sub(MASK, text)

    def _files(self) -> dict[str, str]:
        """Configuration for npm and for pip, by the ID of its secret."""
        registry, index = self.variables.get("NPM_CONFIG_REGISTRY"), self.variables.get("PIP_INDEX_URL")
        npm = [*(_npm_registry(registry) if registry else []), *([f"cafile={CA_PATH}"] if self.ca_bundle else [])]
        pip = [*([f"index-url = {index}"] if index else []), *([f"cert = {CA_PATH}"] if self.ca_bundle else [])]
        found = {"npmrc": npm, "pip_conf": ["[global]", *pip] if pip else []}
        return {name: "\n".join([*lines, ""]) for name, lines in found.items() if lines}


def read(folder: str, ca_bundle: str = "") -> Private:
    """The private settings of the release in ``folder``."""
    try:
        with open(os.path.join(folder, FILE), encoding="utf-8") as stream:
            lines = [line.strip().partition("=") for line in stream]
    except FileNotFoundError:
        lines = []
    return Private({name: value.strip("'") for name, _equals, value in lines if value}, ca_bundle)


def _npm_registry(address: str) -> list[str]:
    """npm wants user and password apart from the address, for all that lies below it."""
    parts = urlsplit(address if address.endswith("/") else f"{address}/")
    credentials, _at, host = parts.netloc.rpartition("@")
    plain = f"//{host}{parts.path}"
    if not credentials:
        return [f"registry={parts.scheme}:{plain}"]
    encoded = base64.b64encode(unquote(credentials).encode()).decode()
    return [f"registry={parts.scheme}:{plain}", f"{plain}:_auth={encoded}"]


def _credentials(address: str) -> list[str]:
    """User and password in every form in which somebody might print them."""
    credentials = urlsplit(address).netloc.rpartition("@")[0]
    user, _colon, password = credentials.partition(":")
    forms = {credentials, user, password, unquote(user), unquote(password)}
    if credentials:
        forms.add(base64.b64encode(unquote(credentials).encode()).decode())
    return [form for form in forms if len(form) >= SHORTEST]


def _with_secrets(service: dict[str, Any], names: list[str]) -> dict[str, Any]:
    if "build" not in service:
        return service
    handed = [{"source": name, "target": name} for name in names]
    return {**service, "build": {**service["build"], "secrets": [*service["build"].get("secrets", []), *handed]}}


def _variable(name: str) -> str:
    return f"PHOTOSYNC_SECRET_{name.upper()}"
