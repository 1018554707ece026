# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is published on the host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.mounts import Port, parse_port, published
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

_EVERY_ADDRESS = ("", "0.0.0.0", "::")
_FORM = "write [address:]port on the host:port in the container[/udp]"


def check_ports(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Ports can be read and belong to one service; in production only the entry point has any."""
    mode = catalogue["stack"]["mode"]
    taken: list[tuple[Port, str]] = []
    for entry in catalogue["services"]:
        malformed = list(_malformed(entry))
        yield from malformed
        if mode == "production" and entry["ports"] and not entry["entry_point"]:
            message = f"publishes {', '.join(entry['ports'])} past the entry point and its HTTPS"
            yield problem("ports", message, "use route instead, or dev.ports for development", entry["name"])
        for port in [] if malformed else published(entry, mode):
            for other, owner in taken:
                if _clash(port, other):
                    message = f"{port.host}/{port.protocol} is also published by {owner}"
                    yield problem(_setting(mode), message, "give one of them another port", entry["name"])
            taken.append((port, entry["name"]))


def _malformed(entry: dict[str, Any]) -> Iterator[Problem]:
    for setting, texts in (("ports", entry["ports"]), ("dev.ports", entry["dev"]["ports"])):
        for text in texts:
            try:
                parse_port(text)
            except ValueError as error:
                yield problem(setting, str(error), _FORM, entry["name"])


def _clash(one: Port, other: Port) -> bool:
    same = (one.host, one.protocol) == (other.host, other.protocol)
    everywhere = one.address in _EVERY_ADDRESS or other.address in _EVERY_ADDRESS
    return same and (everywhere or one.address == other.address)


def _setting(mode: str) -> str:
    return "ports" if mode == "production" else "dev.ports"
