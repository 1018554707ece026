# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One service behind the gateway, asked over HTTP."""

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

from fixture.web import Refused, Reply


class Unreachable(Refused):
    """A service that does not answer, or answers with an error."""

    def __init__(self, message: str) -> None:
        super().__init__(502, message)


@dataclass
class Answer:
    """What the service said."""

    status: int
    kind: str
    body: bytes

    def reply(self) -> Reply:
        """The same, for the client."""
        return Reply(self.body, self.status, {"Content-Type": self.kind})


class Backend:
    """A base address such as http://immich-server:2283, with or without a path at its end."""

    def __init__(self, name: str, url: str, timeout: float = 30) -> None:
        parts = urlsplit(url)
        self.name = name
        self.host, self.port = parts.hostname or name, parts.port or 80
        self.timeout = timeout

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send one request; whatever the status, an answer is an answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout or self.timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            kind = response.headers.get("Content-Type", "application/octet-stream")
            return Answer(response.status, kind, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{self.name} does not answer: {error}") from error
        finally:
            connection.close()

    def probe(self, path: str) -> None:
        """Find out within two seconds whether the service is well."""
        self.expect_success(path, timeout=2)

    def expect_success(
        self, path: str, method: str = "GET", body: bytes | None = None, timeout: float | None = None
    ) -> Answer:
        """Send one request that has to succeed."""
        answer = self.ask(method, path, body, timeout=timeout)
        if answer.status >= 300:
            raise Unreachable(f"{self.name} answers {answer.status} to {method} {path}")
        return answer
