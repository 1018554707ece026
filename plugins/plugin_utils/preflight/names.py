# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the domain leads, against where the host is.

Never a reason to fail: before a move, and at a restore, the name still leads to the old machine, and the stack serves
all the same; its certificate follows once the name has.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

SETTING = "stack_domain"
# Not reached from the internet: an address behind which something may stand that is.
HIDDEN = [
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
]
AUTHORITY = "no certificate can be had until it does"


@dataclass(frozen=True)
class Found:
    """What a name resolves to, or why it does not; both empty where nobody can say."""

    addresses: frozenset[str] = field(default_factory=frozenset)
    error: str = ""


class LookUp:
    """Looks names up while something else happens: a resolver may take its time, and cannot be told to hurry."""

    def __init__(self, names: Iterable[str]):
        self._found: dict[str, Found] = {}
        self._threads = [threading.Thread(target=self._one, args=(name,), daemon=True) for name in names]
        for thread in self._threads:
            thread.start()

    def result(self, name: str, patience: float) -> Found:
        """Return what a name resolves to, after waiting for so many seconds at most."""
        for thread in self._threads:
            thread.join(patience)
        return self._found.get(name, Found())

    def _one(self, name: str) -> None:
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
            self._found[name] = Found(frozenset(str(one[4][0]).partition("%")[0] for one in found))
        except socket.gaierror as error:
            self._found[name] = Found(error=error.strerror or str(error))
        except UnicodeError:
            # No host name, which the catalogue has refused already.
            self._found[name] = Found()


def name_notes(domain: str, found: Found, own: Iterable[str]) -> Iterator[Problem]:
    """Say where a domain leads that is not the host.

    :param own: addresses of the host's interfaces, and those by which the controller reaches it.
    """
    here = {one for one in own if is_public(one)}
    if found.error:
        message = f"{domain} does not resolve ({found.error}); {AUTHORITY}"
        yield problem(SETTING, message, f"make it lead to the host{_listed(here)}")
    a_records, aaaa_records = (_of_family(found.addresses, version) for version in (4, 6))
    # Behind a router an address of the host says nothing of the one that the world sees.
    if a_records - here and _of_family(here, 4):
        message = f"{domain} leads to {_joined(a_records - here)}, which is not the host{_listed(_of_family(here, 4))}"
        fix = "move the A record once everything else has moved; or nothing, if something stands in front of the host"
        yield problem(SETTING, f"{message}; {AUTHORITY}", fix)
    if aaaa_records - here:
        known = _listed(_of_family(here, 6)) or ", which has no public IPv6 address"
        message = (
            f"the AAAA record of {domain} leads to {_joined(aaaa_records - here)}, which is not the host{known}; "
            "authorities ask there first, so that no certificate can be had, whatever the A record says"
        )
        yield problem(SETTING, message, "remove the AAAA record, or give the host that address")


def is_public(address: str) -> bool:
    """Whether the internet may know an address."""
    return not any(ipaddress.ip_address(address) in network for network in HIDDEN)


def _of_family(addresses: Iterable[str], version: int) -> set[str]:
    return {one for one in addresses if ipaddress.ip_address(one).version == version}


def _joined(addresses: Iterable[str]) -> str:
    return " and ".join(sorted(addresses))


def _listed(addresses: Iterable[str]) -> str:
    found = _joined(addresses)
    return f" ({found})" if found else ""
