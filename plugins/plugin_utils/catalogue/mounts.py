# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Volumes and ports in Compose's short syntax."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

PROTOCOLS = ("tcp", "udp")


@dataclass(frozen=True)
class Mount:
    """One mount: a folder of the host or a named volume, where it appears in the container, and how."""

    source: str
    target: str
    mode: str

    @property
    def named(self) -> bool:
        """Whether the source is a volume that the engine keeps, not a folder of the host."""
        return not self.source.startswith(("/", ".", "~"))

    @property
    def read_only(self) -> bool:
        """Whether the container can only read."""
        return "ro" in self.mode.split(",")


@dataclass(frozen=True)
class Port:
    """One published port."""

    address: str
    host: int
    container: int
    protocol: str

    def short(self) -> str:
        """As Compose's short syntax writes it."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        prefix = f"{address}:" if address else ""
        return f"{prefix}{self.host}:{self.container}{'' if self.protocol == 'tcp' else '/' + self.protocol}"


def parse_mount(text: str) -> Mount:
    """Read one mount; raises ValueError when it is none, or one without a source."""
    source, _separator, rest = text.partition(":")
    target, _separator, mode = rest.partition(":")
    if not source or not target.startswith("/"):
        raise ValueError(f"{text!r} is not source:/path or source:/path:ro")
    if source.startswith((".", "~")):
        raise ValueError(f"{source!r} is not an absolute path on the host")
    return Mount(source, target, mode)


def parse_port(text: str) -> Port:
    """Read one published port; raises ValueError when it is none. Ranges are none."""
    numbers, _separator, protocol = text.partition("/")
    rest, _separator, container = numbers.rpartition(":")
    address, _separator, host = rest.rpartition(":")
    try:
        port = Port(_address(address), int(host), int(container), protocol or "tcp")
    except ValueError as error:
        raise ValueError(f"{text!r} is not [address:]port on the host:port in the container[/udp]") from error
    if port.protocol not in PROTOCOLS or not (0 < port.host < 65536 and 0 < port.container < 65536):
        raise ValueError(f"{text!r} is not [address:]port on the host:port in the container[/udp]")
    return port


def mounts(entry: dict[str, Any]) -> list[Mount]:
    """The mounts of an entry whose volumes were checked."""
    return [parse_mount(text) for text in entry["volumes"]]


def named_volumes(entry: dict[str, Any]) -> list[str]:
    """Names of the volumes that an entry mounts, each once, in order."""
    return list(dict.fromkeys(mount.source for mount in mounts(entry) if mount.named))


def published(entry: dict[str, Any], mode: str) -> list[Port]:
    """The ports that an entry publishes in ``mode``; in development on the host's own address only."""
    if mode == "production":
        return [parse_port(text) for text in entry["ports"]]
    ports = [parse_port(text) for text in entry["dev"]["ports"]]
    return [Port("127.0.0.1", port.host, port.container, port.protocol) for port in ports]


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text.strip("[]"))) if text else ""
