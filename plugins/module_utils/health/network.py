# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Connections that keep to one time limit as a whole, however slowly the other side drips."""

from __future__ import annotations

import io
import os
import socket
import ssl
import threading
import time
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.health.results import readable


class NoAnswer(Exception):
    """The other side could not be reached, or did not answer as its protocol demands."""

    def __init__(self, reason: str, message: str):
        self.reason = reason
        super().__init__(message)


class TimeIsUp(NoAnswer):
    """The time limit of the probe passed."""

    def __init__(self, message: str = ""):
        super().__init__("timeout", message)


class TimeLimit:
    """A moment until which a probe must have ended."""

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left; raises TimeIsUp when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeIsUp()
        return left


def connect(host: str, port: int, limit: TimeLimit) -> socket.socket:
    """Open a TCP connection to the first of the host's addresses that accepts one."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise NoAnswer("name", f"the name {host} does not resolve: {said}") from error
    failure: Optional[NoAnswer] = None
    for position, (family, kind, protocol, _name, address) in enumerate(addresses):
        try:
            return _open(family, kind, protocol, address, limit.left() / (len(addresses) - position))
        except NoAnswer as error:
            failure = failure or error
    raise failure or NoAnswer("name", f"the name {host} has no address")


def _open(family: int, kind: int, protocol: int, address: Any, seconds: float) -> socket.socket:
    where = shown(address)
    connection = socket.socket(family, kind, protocol)
    connection.settimeout(seconds)
    try:
        connection.connect(address)
    except socket.timeout as error:
        connection.close()
        raise TimeIsUp(f"no connection to {where}") from error
    except OSError as error:
        connection.close()
        if isinstance(error, ConnectionRefusedError):
            raise NoAnswer("refused", f"connection refused by {where}") from error
        raise NoAnswer("unreachable", f"no connection to {where}: {error.strerror or error}") from error
    return connection


def shown(address: Any) -> str:
    """A socket's address as people write it."""
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def secure(plain: socket.socket, server_name: str, verify: bool, ca_file: str, limit: TimeLimit) -> ssl.SSLSocket:
    """Speak TLS over a connection; certificates are verified for ``server_name`` unless ``verify`` is false."""
    context = _contexts.get(verify, ca_file)
    plain.settimeout(limit.left())
    try:
        return context.wrap_socket(plain, server_hostname=server_name)
    except socket.timeout as error:
        raise TimeIsUp("no end of the TLS handshake") from error
    except ssl.SSLCertVerificationError as error:
        message = f"the certificate for {server_name} is not trusted: {error.verify_message}"
        raise NoAnswer("certificate", message) from error
    except ssl.SSLError as error:
        raise _tls_failure(error, server_name) from error
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise NoAnswer("tls", f"the connection broke during the TLS handshake: {said}") from error


def _tls_failure(error: ssl.SSLError, server_name: str) -> NoAnswer:
    reason = (error.reason or "").upper()
    if reason in ("TLSV1_ALERT_INTERNAL_ERROR", "TLSV1_UNRECOGNIZED_NAME", "SSLV3_ALERT_HANDSHAKE_FAILURE"):
        # What servers with automatic HTTPS answer until they have obtained a certificate.
        message = f"the server has no certificate for {server_name} (yet): {reason.lower()}"
        return NoAnswer("certificate_pending", message)
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"):
        return NoAnswer("tls", "the server does not speak TLS on this port")
    return NoAnswer("tls", f"TLS handshake failed: {readable(reason.lower() or str(error))}")


class _Contexts:
    """TLS settings, made once: reading the system's authorities costs more than a handshake."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[tuple[bool, str, int], ssl.SSLContext] = {}

    def get(self, verify: bool, ca_file: str) -> ssl.SSLContext:
        """The settings for one way of verifying; a replaced ``ca_file`` is read again."""
        try:
            version = os.stat(ca_file).st_mtime_ns if ca_file else 0
            with self._lock:
                if (verify, ca_file, version) not in self._made:
                    self._made[verify, ca_file, version] = _context(verify, ca_file)
                return self._made[verify, ca_file, version]
        except (OSError, ssl.SSLError) as error:
            said = error.strerror or "it holds no certificate"
            raise NoAnswer("ca_file", f"ca_file {ca_file} cannot be used: {said}") from error


def _context(verify: bool, ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


_contexts = _Contexts()


class LimitedSocket:
    """The little of a socket that http.client needs, with one time limit for all of it."""

    def __init__(self, connection: socket.socket, limit: TimeLimit):
        self._connection = connection
        self._limit = limit

    def sendall(self, data: bytes) -> None:
        """Send all of ``data`` within the limit."""
        self._connection.settimeout(self._limit.left())
        self._connection.sendall(data)

    def makefile(self, *_args: Any, **_kwargs: Any) -> io.BufferedReader:
        """The answer as a stream."""
        return io.BufferedReader(_LimitedReader(self._connection, self._limit))

    def close(self) -> None:
        """The connection is closed by whoever opened it."""


class _LimitedReader(io.RawIOBase):
    def __init__(self, connection: socket.socket, limit: TimeLimit):
        super().__init__()
        self._connection = connection
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._limit.left())
        return self._connection.recv_into(buffer)
