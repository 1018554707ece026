"""Visitors who ask a site again and again while something is done to it."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from types import TracebackType

THREADS = 5


class Visitors:
    """So many requests a second over kept connections, from entering the block to leaving it.

    ``answers`` counts what came back by status, ``failures`` holds what went wrong in words, ``rate`` is the rate that
    was reached.
    """

    def __init__(self, address: str, domain: str, per_second: float, path: str = "/"):
        self.answers: dict[int, int] = {}
        self.failures: list[str] = []
        self.rate = 0.0
        self._where = (address, domain, path)
        self._pause = THREADS / per_second
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._visit, daemon=True) for _number in range(THREADS)]

    def __enter__(self) -> Visitors:
        self._began = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        self.rate = (sum(self.answers.values()) + len(self.failures)) / (time.monotonic() - self._began)

    def _visit(self) -> None:
        connection = self._connection()
        due = time.monotonic()
        while not self._over.wait(max(0.0, due - time.monotonic())):
            due += self._pause
            try:
                connection.request("GET", self._where[2])
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                connection = self._connection()
                with self._lock:
                    self.failures.append(f"{type(error).__name__}: {error}")
            else:
                with self._lock:
                    self.answers[answer.status] = self.answers.get(answer.status, 0) + 1

    def _connection(self) -> http.client.HTTPSConnection:
        # Whether the certificate is one to be trusted is asked by other tests.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return _Named(*self._where[:2], context)


class _Named(http.client.HTTPSConnection):
    """HTTPS to an address, under a name that no resolver knows."""

    def __init__(self, address: str, domain: str, context: ssl.SSLContext):
        super().__init__(domain, timeout=20, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        self.sock = self._tls.wrap_socket(socket.create_connection((self._address, 443), 20), server_hostname=self.host)
