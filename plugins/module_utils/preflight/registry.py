# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where an image comes from, and the way there: what names, the engine's options and answers mean. Does no I/O."""

from __future__ import annotations

import ipaddress
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Refusal

HUB = "docker.io"
HUB_NAMES = (HUB, "index.docker.io", "registry-1.docker.io")
HUB_ADDRESS = "https://registry-1.docker.io"
AWAY = "check its name, the host's way out and its proxy; or load the image on the host by hand (docker load)"
LOCAL = ("127.0.0.0/8", "::1/128")
PROXIES = {"http": "http-proxy", "https": "https-proxy", "no": "no-proxy"}


@dataclass(frozen=True)
class Reference:
    """An image by its registry, its name there, and its tag or digest."""

    registry: str
    repository: str
    version: str

    @property
    def path(self) -> str:
        """Where a registry has the image's manifest."""
        return f"/v2/{self.repository}/manifests/{self.version}"


@dataclass(frozen=True)
class Endpoint:
    """One address at which a registry may answer; ``verified`` where its certificate must be good."""

    address: str
    verified: bool = True


@dataclass(frozen=True)
class Way:
    """How the engine will reach registries: which it trusts without TLS, mirrors of Docker Hub, proxies."""

    insecure: Sequence[str] = field(default_factory=tuple)
    mirrors: Sequence[str] = field(default_factory=tuple)
    proxies: Mapping[str, str] = field(default_factory=dict)


def parse_reference(image: str) -> Reference:
    """Read an image's name as the engine does: without a registry it is Docker Hub's, without a version the latest."""
    name, _at, digest = image.partition("@")
    registry, slash, path = name.partition("/")
    if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
        registry, path = HUB, name
    repository, _colon, tag = path.partition(":")
    if registry in HUB_NAMES:
        registry = HUB
        repository = repository if "/" in repository else "library/" + repository
    return Reference(registry, repository, digest or tag or "latest")


def way_of(options: Mapping[str, Any], environment: Mapping[str, str]) -> Way:
    """Return the way to registries that an engine with these options takes; its environment says what they do not."""
    chosen = options.get("proxies") or {}
    proxies = {}
    for kind, name in PROXIES.items():
        variable = kind + "_proxy"
        value = chosen.get(name) or environment.get(variable) or environment.get(variable.upper())
        if value:
            proxies[kind] = str(value)
    return Way(
        insecure=tuple(options.get("insecure-registries") or ()),
        mirrors=tuple(options.get("registry-mirrors") or ()),
        proxies=proxies,
    )


def endpoints(registry: str, way: Way, addresses: Sequence[str]) -> list[Endpoint]:
    """Return where to ask, in the engine's order.

    :param addresses: what the registry's name resolves to; insecure registries may be given as networks.
    """
    if registry == HUB:
        mirrors = [Endpoint(mirror.rstrip("/"), not mirror.startswith("http:")) for mirror in way.mirrors]
        return [*mirrors, Endpoint(HUB_ADDRESS)]
    secure = "https://" + registry
    if is_insecure(registry, way.insecure, addresses):
        return [Endpoint(secure, verified=False), Endpoint("http://" + registry, verified=False)]
    return [Endpoint(secure)]


def is_insecure(registry: str, insecure: Sequence[str], addresses: Sequence[str]) -> bool:
    """Say whether the engine talks to a registry without a good certificate: named so, in such a network, or local."""
    names = [text.partition("://")[2] or text for text in insecure]
    networks = [network for network in map(_network, (*LOCAL, *names)) if network]
    return registry in names or any(_is_in(one, network) for one in addresses for network in networks)


def _network(text: str) -> Any:
    """Return the network that a text with a slash names, or None."""
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def is_direct(address: str, exceptions: str) -> bool:
    """Say whether the engine asks past its proxy: what is local, and what Go finds in NO_PROXY."""
    place = urllib.parse.urlsplit(address)
    host = place.hostname or ""
    names = [text.strip() for text in exceptions.split(",") if text.strip()]
    networks = [network for network in map(_network, (*LOCAL, *names)) if network]
    if host == "localhost" or "*" in names or place.netloc in names or any(_is_in(host, one) for one in networks):
        return True
    return any(("." + host).endswith("." + name.lstrip("*.")) for name in names)


def _is_in(host: str, network: Any) -> bool:
    try:
        return ipaddress.ip_address(host) in network
    except ValueError:
        return False


def parse_challenge(text: str) -> tuple[str, dict[str, str]]:
    """Return the scheme and the parameters of a WWW-Authenticate header; the scheme is in lower case."""
    scheme, _space, rest = text.strip().partition(" ")
    parts = [part for part in urllib.request.parse_http_list(rest) if "=" in part]
    return scheme.lower(), urllib.request.parse_keqv_list(parts)


def refusal_of(registry: str, status: int) -> Refusal:
    """Say what a registry's answer means that is not the image."""
    if status == 404:
        return Refusal(registry, "has no such image or version", "correct its name or its version", whole=False)
    if status in (401, 403):
        return Refusal(
            registry,
            f"does not show it to this host ({status}): there is no such image, or it is private",
            f"correct its name, or let root on the host in: docker login {registry}",
            whole=False,
        )
    if status == 429:
        return Refusal(
            registry,
            "has been asked too often from this address (429)",
            f"wait, use a mirror, or let root on the host in: docker login {registry}",
        )
    return Refusal(registry, f"answers with status {status}", "wait until it works again, or use a mirror")
