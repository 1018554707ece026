# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployed stack as a visitor meets it: over HTTPS, by its name, its certificate held against its own authority."""

import base64
import http.client
import json
import socket
import ssl
from typing import Any

from support.throwaway import Machine

AUTHORITY = "/var/lib/docker/volumes/{stack}_caddy_data/_data/caddy/pki/authorities/local/root.crt"


class Site:
    """One stack on one machine."""

    def __init__(self, vps: Machine, stack: str, domain: str):
        self._address = vps.address
        self._domain = domain
        self._tls = ssl.create_default_context(cadata=vps.sh(f"cat {AUTHORITY.format(stack=stack)}"))

    def ask(self, path: str, body: Any = None, login: tuple[str, str] | None = None, method: str = "") -> Any:
        """What it answers: JSON as a value, everything else as bytes. A body that is not bytes is sent as JSON."""
        connection = http.client.HTTPSConnection(self._domain, timeout=60)
        connection.sock = self._tls.wrap_socket(
            socket.create_connection((self._address, 443), 60), server_hostname=self._domain
        )
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, sent, _headers(login))
            answer = connection.getresponse()
            said = answer.read()
            assert 200 <= answer.status < 300, f"{path}: {answer.status} {said!r}"
            return json.loads(said) if "json" in answer.getheader("Content-Type", "") else said
        finally:
            connection.close()


def _headers(login: tuple[str, str] | None) -> dict[str, str]:
    if login is None:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(":".join(login).encode()).decode()}
