"""The site as the world sees it: from another machine, with nothing but its address and its authority."""

from __future__ import annotations

import errno
import http.client
import select
import socket
import ssl
from dataclasses import dataclass
from typing import Any

DOMAIN = "photo-sync.localhost"
AUTHORITY = "/var/lib/docker/volumes/photo-sync_caddy_data/_data/caddy/pki/authorities/local/root.crt"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer: status, headers by lower-case name, body as text."""

    status: int
    headers: dict[str, str]
    body: str


def address(host: Any) -> str:
    """The address of a host under test."""
    return host.ansible.get_variables()["ansible_host"]


def get(host: Any, path: str, method: str = "GET", plain: bool = False) -> Answer:
    """Ask the site over HTTPS, its certificate verified against the site's own authority; ``plain`` asks over HTTP."""
    at = address(host)
    connection = http.client.HTTPConnection(at, 80, timeout=20) if plain else _Https(at, host)
    try:
        connection.request(method, path, headers={"Host": DOMAIN})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read().decode("utf-8", "replace"))
    finally:
        connection.close()


def open_ports(host: Any, last: int = 65535) -> list[int]:
    """Every TCP port of a host that accepts a connection from outside."""
    at = address(host)
    found: list[int] = []
    for start in range(1, last + 1, 500):
        found += _accepting(at, range(start, min(start + 500, last + 1)))
    return found


class _Https(http.client.HTTPSConnection):
    def __init__(self, at: str, host: Any):
        authority = host.check_output(f"cat {AUTHORITY}")
        super().__init__(at, 443, timeout=20, context=ssl.create_default_context(cadata=authority))
        self._tls = self._context

    def connect(self) -> None:
        self.sock = self._tls.wrap_socket(socket.create_connection((self.host, self.port), 20), server_hostname=DOMAIN)


def _accepting(at: str, ports: range) -> list[int]:
    pending = {}
    for port in ports:
        probe = socket.socket()
        probe.setblocking(False)
        if probe.connect_ex((at, port)) in (0, errno.EINPROGRESS):
            pending[probe] = port
        else:
            probe.close()
    poller = select.poll()
    by_handle = {probe.fileno(): probe for probe in pending}
    for handle in by_handle:
        poller.register(handle, select.POLLOUT)
    found = []
    while by_handle:
        ready = poller.poll(1000)
        if not ready:
            break
        for handle, _event in ready:
            probe = by_handle.pop(handle)
            poller.unregister(handle)
            if probe.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                found.append(pending[probe])
    for probe in pending:
        probe.close()
    return sorted(found)
