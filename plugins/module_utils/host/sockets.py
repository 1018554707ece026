# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who listens on which port, from the kernel's own tables."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

# The kernel's state of a TCP socket that listens, and of a UDP socket that is bound to no peer.
LISTENING = {"tcp": "0A", "udp": "07"}


@dataclass(frozen=True)
class Port:
    """A port that a service wants to publish; an empty address means every address."""

    service: str
    port: int
    protocol: str = "tcp"
    address: str = ""


@dataclass(frozen=True)
class Listener:
    """A socket that listens already, and who holds it as far as can be told."""

    port: int
    protocol: str
    address: str
    inode: str = ""
    pid: Optional[int] = None
    command: str = ""
    unit: str = ""
    container: str = ""
    project: str = ""


def parse_sockets(text: str, protocol: str) -> list[Listener]:
    """Return the listening sockets of one table of /proc/net (tcp, tcp6, udp or udp6)."""
    found = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 10 or fields[3] != LISTENING[protocol]:
            continue
        address, port = fields[1].split(":")
        found.append(Listener(int(port, 16), protocol, _address(address), inode=fields[9]))
    return found


def overlaps(wanted: Port, held: Listener | Port) -> bool:
    """Say whether publishing ``wanted`` would collide with ``held``."""
    if (wanted.port, wanted.protocol) != (held.port, held.protocol):
        return False
    return _everywhere(wanted.address) or _everywhere(held.address) or _same(wanted.address, held.address)


def unit_of(cgroup: str) -> str:
    """Return the systemd service that /proc/<pid>/cgroup names, or nothing."""
    match = re.search(r"/([^/\n]+\.service)", cgroup)
    return match.group(1) if match else ""


def parse_published(containers: Iterable[Mapping[str, Any]]) -> list[Listener]:
    """Return what running containers publish, from the engine's list of them."""
    return [
        Listener(
            port["PublicPort"],
            port["Type"],
            port.get("IP", ""),
            container=container["Names"][0].lstrip("/"),
            project=container["Labels"].get("com.docker.compose.project", ""),
        )
        for container in containers
        for port in container["Ports"]
        if "PublicPort" in port
    ]


def read_listeners(wanted: Sequence[Port], proc: str = "/proc") -> list[Listener]:
    """Return the listening sockets that collide with a wanted port, with the process that holds each."""
    held = [
        one
        for protocol in sorted({port.protocol for port in wanted})
        for table in (protocol, protocol + "6")
        for one in parse_sockets(_read(os.path.join(proc, "net", table)), protocol)
        if any(overlaps(port, one) for port in wanted)
    ]
    owners = _owners({one.inode for one in held}, proc) if held else {}
    return [_with_owner(one, owners.get(one.inode), proc) for one in held]


def _with_owner(held: Listener, pid: Optional[int], proc: str) -> Listener:
    if pid is None:
        return held
    folder = os.path.join(proc, str(pid))
    command = _read(os.path.join(folder, "comm")).strip()
    unit = unit_of(_read(os.path.join(folder, "cgroup")))
    return Listener(held.port, held.protocol, held.address, held.inode, pid, command, unit)


def _owners(inodes: set[str], proc: str) -> dict[str, int]:
    """Find the lowest process that has each socket open: a server's parent comes before its workers."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    owners: dict[str, int] = {}
    for pid in sorted(int(name) for name in os.listdir(proc) if name.isdigit()):
        for link in _links(os.path.join(proc, str(pid), "fd")):
            if link in wanted:
                owners.setdefault(wanted[link], pid)
    return owners


def _links(folder: str) -> Iterable[str]:
    # Processes and their files come and go while they are read.
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        try:
            yield os.readlink(os.path.join(folder, name))
        except OSError:
            continue


def _address(text: str) -> str:
    """Turn the kernel's hexadecimal address, in words of the machine's byte order, into its usual form."""
    raw = bytes.fromhex(text)
    if sys.byteorder == "little":
        raw = b"".join(raw[start : start + 4][::-1] for start in range(0, len(raw), 4))
    address = ipaddress.ip_address(raw)
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _everywhere(address: str) -> bool:
    return address in ("", "*", "0.0.0.0", "::")


def _same(one: str, other: str) -> bool:
    try:
        return ipaddress.ip_address(one) == ipaddress.ip_address(other)
    except ValueError:
        return one == other


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""
