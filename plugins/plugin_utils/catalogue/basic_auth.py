# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may see the site: names, and bcrypt hashes of their passwords that are the same in every run."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from ansible.errors import AnsibleError
from ansible.utils.encrypt import do_encrypt
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

# Health is checked under a name of its own, with a password that nobody chose and nobody knows.
PROBE = "health-probe"
_BCRYPT64 = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FIX = (
    "install what works together for the Python that runs Ansible: pip install libpass bcrypt (or passlib==1.7.4 with "
    "bcrypt==4.0.1; passlib 1.7.4 breaks with bcrypt 5)"
)


def basic_auth(stack: dict[str, Any], people: dict[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    """People with their hashes, the probe among them, and the header that the probe sends; all empty for nobody.

    :param people: password by name.
    """
    nobody: dict[str, Any] = {"people": [], "probe": ""}
    if not people:
        return nobody, []
    site = f"{stack['name']} {stack['domain']}"
    known = {**people, PROBE: _derived(repr(sorted(people.items())), f"{site} {PROBE}", 24).decode()}
    try:
        hashes = [{"name": name, "password": known[name], "hash": _hash(site, name, known[name])} for name in known]
    except (AnsibleError, ImportError, RuntimeError, ValueError, AttributeError) as error:
        message = f"this controller cannot make bcrypt hashes: {error}"
        return nobody, [problem("stack_basic_auth", message, _FIX)]
    sent = base64.b64encode(f"{PROBE}:{known[PROBE]}".encode()).decode()
    return {"people": hashes, "probe": f"Basic {sent}"}, []


def _hash(site: str, name: str, password: str) -> str:
    """A random salt would give another hash, and so another release, in every run.

    This one follows from the password itself, by a function as slow as bcrypt: it tells as little of it as the hash.
    """
    salt = _derived(password, f"{site} {name}", 16).translate(bytes.maketrans(_BASE64, _BCRYPT64)).rstrip(b"=")
    return str(do_encrypt(password, "bcrypt", salt=salt.decode(), ident="2b"))


def _derived(secret: str, purpose: str, length: int) -> bytes:
    """So many bytes that follow from a secret, in base64."""
    made = hashlib.scrypt(secret.encode(), salt=f"photosync.vps {purpose}".encode(), n=2**14, r=8, p=5, dklen=length)
    return base64.b64encode(made)
