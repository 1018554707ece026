# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask registries for manifests, as the engine will when it pulls. Needs no engine: on a bare host there is none yet."""

from __future__ import annotations

import glob
import http.client
import json
import os
import socket
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.preflight.credentials import Account, read_account
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Refusal
from ansible_collections.photosync.vps.plugins.module_utils.preflight.registry import (
    AWAY,
    HUB,
    Endpoint,
    Reference,
    Way,
    endpoints,
    is_direct,
    parse_challenge,
    parse_reference,
    refusal_of,
)

ANSWER_SECONDS = 10
AT_ONCE = 16
CERTIFICATES = "/etc/docker/certs.d"
# HEAD, unlike GET, does not count against the pulls that Docker Hub allows.
MANIFESTS = ", ".join(
    "application/vnd." + kind
    for kind in (
        "oci.image.index.v1+json",
        "oci.image.manifest.v1+json",
        "docker.distribution.manifest.list.v2+json",
        "docker.distribution.manifest.v2+json",
    )
)


def ask_registries(images: Sequence[str], way: Way) -> dict[str, Refusal]:
    """Ask for all ``images`` at once; return why those that cannot be had cannot."""
    different = list(dict.fromkeys(images))
    with ThreadPoolExecutor(min(AT_ONCE, len(different))) as pool:
        answers = pool.map(lambda image: ask(parse_reference(image), way), different)
        return {image: answer for image, answer in zip(different, answers) if answer is not None}


def ask(reference: Reference, way: Way) -> Optional[Refusal]:
    """Ask every address of a registry until one has the image; return why the last one refused, or None."""
    refusal = None
    account = read_account(reference.registry)
    for endpoint in endpoints(reference.registry, way, _addresses(reference.registry)):
        try:
            status = _Connection(endpoint, reference, way, account).status()
        except (OSError, http.client.HTTPException, ValueError) as error:
            refusal = Refusal(reference.registry, _why(error), AWAY)
            # A server that does not speak TLS says so at once; one that is silent is silent in plain text too.
            if _is_timeout(error) and reference.registry != HUB:
                break
            continue
        if status == 200:
            return None
        refusal = refusal_of(reference.registry, status)
    return refusal


class _Connection:
    """One registry at one address, asked for one image."""

    def __init__(self, endpoint: Endpoint, reference: Reference, way: Way, account: Optional[Account]):
        self._address = endpoint.address + reference.path
        self._account = account
        context = _context(endpoint, reference.registry)
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(_proxies(endpoint.address, way.proxies)),
            urllib.request.HTTPSHandler(context=context),
        )

    def status(self) -> int:
        """Return the status with which the registry answers, once it has let us in where it can."""
        status, headers = self._open(urllib.request.Request(self._address, method="HEAD"))
        authorization = self._authorization(headers.get("WWW-Authenticate", "")) if status == 401 else ""
        if authorization:
            request = urllib.request.Request(self._address, method="HEAD", headers={"Authorization": authorization})
            status, headers = self._open(request)
        return status

    def _authorization(self, challenge: str) -> str:
        scheme, parameters = parse_challenge(challenge)
        if scheme == "basic" and self._account:
            return self._account.basic()
        if scheme == "bearer" and "realm" in parameters:
            token = self._token(parameters)
            return "Bearer " + token if token else ""
        return ""

    def _token(self, parameters: Mapping[str, str]) -> str:
        """Get a token for reading this image, as whoever is logged in on the host, or as nobody."""
        query = {name: parameters[name] for name in ("service", "scope") if name in parameters}
        account, address, data, headers = self._account, parameters["realm"], None, {}
        if account and account.identity_token:
            form = {
                **query,
                "grant_type": "refresh_token",
                "client_id": "docker",
                "refresh_token": account.identity_token,
            }
            data = urllib.parse.urlencode(form).encode()
        else:
            address += ("&" if "?" in address else "?") + urllib.parse.urlencode(query)
            headers = {"Authorization": account.basic()} if account else {}
        try:
            with self._opener.open(urllib.request.Request(address, data, headers), timeout=ANSWER_SECONDS) as answer:
                content = json.load(answer)
        except (urllib.error.HTTPError, ValueError):
            return ""
        return content.get("token") or content.get("access_token") or ""

    def _open(self, request: urllib.request.Request):
        request.add_header("Accept", MANIFESTS)
        try:
            with self._opener.open(request, timeout=ANSWER_SECONDS) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers


def _addresses(registry: str) -> list[str]:
    """Return what the registry's name resolves to; nothing where it cannot be found, which asking it will tell."""
    host = urllib.parse.urlsplit("//" + registry).hostname
    try:
        return sorted({str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(host, None)})
    except (OSError, UnicodeError):
        return []


def _context(endpoint: Endpoint, registry: str) -> ssl.SSLContext:
    """Return what TLS trusts: the system's authorities, and what the engine is given for this registry."""
    context = ssl.create_default_context()
    if not endpoint.verified:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    folder = os.path.join(CERTIFICATES, registry)
    for authority in glob.glob(os.path.join(folder, "*.crt")):
        context.load_verify_locations(authority)
    for certificate in glob.glob(os.path.join(folder, "*.cert")):
        context.load_cert_chain(certificate, certificate[: -len("cert")] + "key")
    return context


def _proxies(address: str, proxies: Mapping[str, str]) -> dict[str, str]:
    if is_direct(address, proxies.get("no", "")):
        return {}
    return {kind: proxy for kind, proxy in proxies.items() if kind != "no"}


def _why(error: Exception) -> str:
    """Say what went wrong on the way to a registry."""
    cause = getattr(error, "reason", error)
    if _is_timeout(error):
        return f"does not answer within {ANSWER_SECONDS} s"
    if isinstance(cause, socket.gaierror):
        return f"cannot be found ({cause.strerror})"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"has a certificate that the host does not trust ({cause.verify_message})"
    if isinstance(cause, ssl.SSLError):
        return f"does not speak TLS, and is not among insecure-registries in docker_daemon_options ({cause})"
    if isinstance(cause, ConnectionRefusedError):
        return "refuses connections"
    return f"cannot be reached ({cause})"


def _is_timeout(error: Exception) -> bool:
    return isinstance(getattr(error, "reason", error), (socket.timeout, TimeoutError))
