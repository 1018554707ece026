# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the stack is reached, who is told about it, and where its media are."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
# What certificate authorities take: no quotes, no comments, a domain with a dot.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?P<domain>[^@\s]+)")
# Both are words of a Caddyfile: no character in them may mean anything there.
_DIRECTORY = re.compile(r"https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~/%?=&+-]*)?")
_FILE = re.compile(r"(?:/(?!\.\.?(?:/|$))[A-Za-z0-9._@+-]+)+")
_EXAMPLES = ("example.com", "example.net", "example.org")


def check_addresses(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """In production the domain has to be one that a certificate can be had for."""
    stack = catalogue["stack"]
    yield from _authority(stack)
    if stack["mode"] == "production":
        yield from _domain(stack)
        if stack["tls"] == "acme":
            yield from _email(stack)


def check_media_path(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """The media folder is somebody else's: it is never inside of what the collection manages."""
    stack = catalogue["stack"]
    path = stack["media_path"]
    if not path.startswith("/") or ".." in path.split("/") or ":" in path or path.strip("/") == "":
        message = f"{path!r} is not the absolute path of a folder"
        yield problem("stack_media_path", message, "give the folder's absolute path on the host, such as /srv/photos")
    elif any(f"{path.rstrip('/')}/".startswith(f"{own}/") for own in (stack["root"], stack["etc"], stack["state"])):
        yield problem("stack_media_path", f"{path} is a folder of the stack's own", "keep the media folder elsewhere")


def _domain(stack: dict[str, Any]) -> Iterator[Problem]:
    domain = stack["domain"]
    labels = domain.split(".")
    if not domain:
        yield problem("stack_domain", "is missing", "set the host name, such as photos.my-family.net")
    elif _is_address(domain) or (len(labels) == 1 and _LABEL.fullmatch(domain)):
        if stack["tls"] == "acme" and not stack["acme_ca"]:
            message = f"no public authority gives a certificate for {domain}"
            yield problem("stack_domain", message, "set a full host name, or stack_tls: internal")
    elif len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        message = f"{domain!r} is not a host name"
        yield problem("stack_domain", message, "give the host name alone: no scheme, port, path, wildcard or final dot")
    elif is_example(domain):
        yield problem("stack_domain", f"{domain} is still the example", "set the host name of your own stack")


def _authority(stack: dict[str, Any]) -> Iterator[Problem]:
    directory, root = stack["acme_ca"], stack["acme_ca_root"]
    if directory and not _DIRECTORY.fullmatch(directory):
        fix = "give the directory's whole address, such as https://ca.my-family.net/acme/acme/directory"
        yield problem("stack_acme_ca", f"{directory!r} is not an https URL", fix)
    if root and not _FILE.fullmatch(root):
        message = f"{root!r} is not the absolute path of a file"
        yield problem("stack_acme_ca_root", message, "give the path on the host, without spaces, colons and quotes")


def _email(stack: dict[str, Any]) -> Iterator[Problem]:
    email = stack["acme_email"]
    found = _EMAIL.fullmatch(email)
    if not email and stack["acme_ca"]:
        return
    if not email:
        message = "is missing; the certificate authority asks for it (stack_tls: acme)"
        yield problem("stack_acme_email", message, "set it, or stack_tls: internal")
    elif not found or not _is_full_name(found["domain"]):
        yield problem("stack_acme_email", f"{email!r} is not an e-mail address", "set one that somebody reads")
    elif is_example(found["domain"]):
        yield problem("stack_acme_email", f"{email} is still the example", "set an address that somebody reads")


def _is_full_name(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) > 1 and not labels[-1].isdigit() and all(_LABEL.fullmatch(label) for label in labels)


def _is_address(domain: str) -> bool:
    try:
        ipaddress.ip_address(domain)
    except ValueError:
        return False
    return True


def is_example(domain: str) -> bool:
    """Whether a host name is one of those that examples are given."""
    return any(domain.lower() == example or domain.lower().endswith(f".{example}") for example in _EXAMPLES)
