# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client of the site as a user's is: HTTPS only, by its name, with its certificate verified."""

import hashlib
import http.client
import json
import socket
import ssl
import uuid
from typing import Any
from urllib.parse import urlsplit


class SiteError(Exception):
    """The site does not answer, or answers with something other than success."""


class _Connection(http.client.HTTPSConnection):
    """Connects to a given address instead of asking DNS; the name in the certificate must match all the same."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self.address = address
        self.tls = context

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self.tls.wrap_socket(plain, server_hostname=self.host)


class Browser:
    """One kept-alive connection to the site."""

    def __init__(self, url: str, address: str | None = None, ca_file: str | None = None, timeout: float = 30) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname:
            raise SiteError(f"{url!r} is no https:// address: the journey goes the way a user goes")
        context = ssl.create_default_context(cafile=ca_file)
        self.url = f"https://{parts.netloc}"
        self._connection = _Connection(parts.hostname, parts.port or 443, address or parts.hostname, context, timeout)

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str | None = None) -> tuple[int, bytes]:
        """The status and content of one answer."""
        headers = {"Content-Type": kind} if kind else {}
        # A server may close a connection that was idle; what it has not answered is asked once more.
        for attempt in (1, 2):
            try:
                self._connection.request(method, path, body, headers)
                answer = self._connection.getresponse()
                return answer.status, answer.read()
            except (http.client.RemoteDisconnected, ConnectionError) as error:
                self._connection.close()
                if attempt == 2:
                    raise SiteError(f"{method} {self.url}{path}: {error}") from error
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                raise SiteError(f"{method} {self.url}{path}: {error}") from error
        raise AssertionError("not reached")

    def get(self, path: str) -> bytes:
        """The content at a path that must be there."""
        status, body = self.ask("GET", path)
        if status != 200:
            raise SiteError(f"GET {self.url}{path}: {status} {body[:300].decode(errors='replace')}")
        return body

    def get_json(self, path: str) -> Any:
        """The same, as data."""
        body = self.get(path)
        try:
            return json.loads(body)
        except ValueError as error:
            raise SiteError(f"GET {self.url}{path}: no JSON: {body[:80]!r}") from error

    def post_file(self, path: str, field: str, name: str, data: bytes) -> dict[str, Any]:
        """Send one file as a browser's form does."""
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        status, answer = self.ask("POST", path, body, f"multipart/form-data; boundary={boundary}")
        if status not in (200, 201):
            raise SiteError(f"POST {self.url}{path} ({name}): {status} {answer[:300].decode(errors='replace')}")
        return json.loads(answer)

    def certificate(self) -> dict[str, str]:
        """What the site proved its name with, from the handshake of this connection."""
        if self._connection.sock is None:
            try:
                self._connection.connect()
            except OSError as error:
                raise SiteError(f"{self.url}: {error}") from error
        tls = self._connection.sock
        verified, raw = tls.getpeercert(), tls.getpeercert(binary_form=True)
        return {"serial": verified["serialNumber"], "sha256": hashlib.sha256(raw).hexdigest()}
