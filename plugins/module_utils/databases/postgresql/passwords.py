# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The password of a PostgreSQL server: what its cluster keeps of it, and what the deployed release says it is.

The official images heed POSTGRES_PASSWORD only when they make a cluster. Without help a release with another password,
a new one or that of the other mode, would find a server that lets nobody in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import unicodedata
from dataclasses import dataclass
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

ITERATIONS = 4096
SALT_BYTES = 16
_STORED = re.compile(r"SCRAM-SHA-256\$(?P<iterations>\d+):(?P<salt>[^$]+)\$[^:]+:.+")
# As the controller writes them (``plugin_utils/catalogue/environment.py``); a value may have several lines.
_ASSIGNMENT = re.compile(
    r"""^(?P<name>[A-Za-z_][\w.-]*)=(?:'(?P<plain>[^']*)'|"(?P<escaped>(?:\\.|[^"\\])*)")$""", re.MULTILINE | re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Login:
    """A role, and the password that lets it in."""

    role: str
    password: str


def login_of(spec: Spec, service: str) -> Optional[Login]:
    """What the deployed release gives a server's image; None where it gives no password."""
    variables = read_env(os.path.join(spec.root, "current", "env", service + ".env"))
    password = variables.get("POSTGRES_PASSWORD")
    return Login(variables.get("POSTGRES_USER") or "postgres", password) if password else None


def read_env(path: str) -> dict[str, str]:
    """The variables of a release's environment file; nothing where there is none."""
    try:
        with open(path, encoding="utf-8", newline="") as stream:
            return {found["name"]: _value(found) for found in _ASSIGNMENT.finditer(stream.read())}
    except FileNotFoundError:
        return {}


def fits(password: str, stored: str) -> bool:
    """Whether this password is the one whose verifier the cluster keeps. An older kind of verifier fits none."""
    found = _STORED.fullmatch(stored)
    if not found:
        return False
    return hmac.compare_digest(verifier(password, base64.b64decode(found["salt"]), int(found["iterations"])), stored)


def verifier(password: str, salt: bytes, iterations: int = ITERATIONS) -> str:
    """What the cluster keeps of a password (RFC 5803). Sent instead of the password, it tells no log what that is."""
    prepared = unicodedata.normalize("NFKC", password).encode("utf-8")
    salted = hashlib.pbkdf2_hmac("sha256", prepared, salt, iterations)
    client_key, server_key = (hmac.digest(salted, name, "sha256") for name in (b"Client Key", b"Server Key"))
    shown = [base64.b64encode(part).decode() for part in (salt, hashlib.sha256(client_key).digest(), server_key)]
    return "SCRAM-SHA-256${0}:{1}${2}:{3}".format(iterations, *shown)


def new_verifier(password: str) -> str:
    """The same, with a salt of its own."""
    return verifier(password, os.urandom(SALT_BYTES))


def _value(found: re.Match[str]) -> str:
    """A value as it was before it was quoted."""
    if found["plain"] is not None:
        return found["plain"]
    return _ESCAPED.sub(lambda escape: {"n": "\n", "r": "\r"}.get(escape[1], escape[1]), found["escaped"])
