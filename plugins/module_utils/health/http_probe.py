# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One HTTP request, and whether its answer is the one that was wanted."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any, Optional
from urllib.parse import urlsplit

from ansible_collections.photosync.vps.plugins.module_utils.docker.api import ask
from ansible_collections.photosync.vps.plugins.module_utils.health.network import (
    LimitedSocket,
    NoAnswer,
    TimeIsUp,
    TimeLimit,
    connect,
    secure,
    shown,
)
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Outcome, masked, readable
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import Target

BODY_LIMIT = 1024 * 1024
EXCERPT = 200
_ABSENT = object()


def probe_http(target: Target, limit: TimeLimit) -> Outcome:
    """Ask once. Redirects are not followed and proxies not used: the answer is the one of this very server."""
    parts = urlsplit(target.url)
    tls = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if tls else 80)
    to_host, to_port = target.connect_to or (host, None)
    details: dict[str, Any] = {}
    with contextlib.ExitStack() as opened:
        connection = opened.enter_context(contextlib.closing(connect(to_host, to_port or port, limit)))
        details["address"] = shown(connection.getpeername())
        if tls:
            name = target.server_name or host
            connection = opened.enter_context(secure(connection, name, target.verify_tls, _authorities(target), limit))
            details.update(_certificate(connection))
        response, body = _answer(target, host, port, 443 if tls else 80, LimitedSocket(connection, limit))
    details["status"] = response.status
    problem = _wrong(target, response, body, details)
    return Outcome(problem is None, problem.reason if problem else "ok", str(problem or ""), details=details)


def _authorities(target: Target) -> str:
    """Path of the file of authorities to trust; where the files of a volume lie, the engine alone knows."""
    if not target.ca_volume:
        return target.ca_file
    volume = ask(f"/volumes/{target.ca_volume}")
    if not volume:
        message = "the engine knows no volume {0}, in which ca_file {1} is to lie"
        raise NoAnswer("ca_file", message.format(target.ca_volume, target.ca_file))
    return os.path.join(volume["Mountpoint"], target.ca_file)


def _certificate(connection: Any) -> dict[str, Any]:
    """How long the server's certificate is still valid, in days and of its whole life; known only where verified."""
    certificate = connection.getpeercert() or {}
    if not certificate:
        return {}
    begins, ends = (ssl.cert_time_to_seconds(certificate[name]) for name in ("notBefore", "notAfter"))
    left = ends - time.time()
    return {"days_valid": round(left / 86400, 2), "share_valid": round(left / max(ends - begins, 1), 3)}


def _answer(target: Target, host: str, port: int, default_port: int, limited: LimitedSocket) -> Any:
    client = http.client.HTTPConnection(host, port)
    # The Host header leaves out the scheme's own port; http.client takes all that it is handed for plain HTTP.
    client.default_port = default_port
    client.sock = limited
    parts = urlsplit(target.url)
    path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    headers = {"Accept": "*/*", "User-Agent": "photosync.vps-healthcheck", "Connection": "close"}
    given = {name.title() for name in target.headers}
    headers = {name: value for name, value in headers.items() if name not in given}
    headers.update(target.headers)
    try:
        client.request(target.method, path, headers=headers)
        response = client.getresponse()
        wanted = target.body is not None or target.json or not _matches(target, response.status)
        return response, response.read(BODY_LIMIT) if wanted else b""
    except socket.timeout as error:
        raise TimeIsUp("no whole answer") from error
    except TimeIsUp as error:
        raise TimeIsUp("no whole answer") from error
    except http.client.RemoteDisconnected as error:
        raise NoAnswer("closed", "the connection was closed without an answer") from error
    except http.client.HTTPException as error:
        raise NoAnswer("protocol", f"the answer is not HTTP: {type(error).__name__}") from error
    except OSError as error:
        raise NoAnswer("closed", f"the connection broke: {error.strerror or type(error).__name__}") from error


def _matches(target: Target, status: int) -> bool:
    return any(low <= status <= high for low, high in target.status)


def _wrong(target: Target, response: Any, body: bytes, details: Mapping[str, Any]) -> Optional[NoAnswer]:
    text = body.decode("utf-8", "replace")
    if not _matches(target, response.status):
        return NoAnswer("status", _status_message(target, response, text))
    if target.body is not None and not target.body.search(text):
        message = f"the body does not match {target.body.pattern!r}: {_excerpt(target, text)}"
        return NoAnswer("body", message)
    return _wrong_json(target, text) or _expires_too_soon(target, details)


def _expires_too_soon(target: Target, details: Mapping[str, Any]) -> Optional[NoAnswer]:
    days, share = details.get("days_valid"), details.get("share_valid")
    if target.min_days_valid is not None and (days is None or days < target.min_days_valid):
        message = f"the certificate is valid for {days} more days, {target.min_days_valid:g} are wanted"
        return NoAnswer("certificate_expiry", message)
    if target.min_share_valid is not None and (share is None or share < target.min_share_valid):
        message = "the certificate has {0:.1%} of its life left ({1} days), {2:.0%} are wanted: why is it not renewed?"
        return NoAnswer("certificate_expiry", message.format(share or 0, days, target.min_share_valid))
    return None


def _excerpt(target: Target, text: str) -> str:
    """The beginning of an answer. Masked before it is cut, or half a secret could stay."""
    return readable(masked(text, target.secrets)[:EXCERPT]) or "it is empty"


def _status_message(target: Target, response: Any, text: str) -> str:
    wanted = ", ".join(f"{low}" if low == high else f"{low}-{high}" for low, high in target.status)
    message = f"status {response.status}, wanted {wanted}"
    location = response.getheader("Location")
    if location:
        return message + "; redirects to " + _excerpt(target, location)
    return message + ("; body: " + _excerpt(target, text) if text.strip() else "")


def _wrong_json(target: Target, text: str) -> Optional[NoAnswer]:
    if not target.json:
        return None
    try:
        document = json.loads(text)
    except ValueError:
        return NoAnswer("json", f"the body is not JSON: {_excerpt(target, text)}")
    wrong = []
    for path, value in target.json.items():
        found = _value_at(document, str(path))
        if found is _ABSENT:
            wrong.append(f"{path} is absent, wanted {_as_text(value)}")
        elif found != value and _as_text(found) != _as_text(value):
            wrong.append(f"{path} is {_excerpt(target, _as_text(found))}, wanted {_as_text(value)}")
    return NoAnswer("json", "; ".join(wrong)) if wrong else None


def _value_at(document: Any, path: str) -> Any:
    for key in path.split("."):
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        else:
            return _ABSENT
    return document


def _as_text(value: Any) -> str:
    """Values as JSON writes them, so that a template's "true" and "3" are true and 3."""
    if isinstance(value, str):
        return value.lower() if value in ("True", "False") else value
    return json.dumps(value, sort_keys=True)
