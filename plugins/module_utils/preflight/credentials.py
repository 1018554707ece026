# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who the host is logged in as at a registry: what ``docker login`` left, read as the docker command reads it."""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.host.system import read_text
from ansible_collections.photosync.vps.plugins.module_utils.preflight.registry import HUB

# Under this key the docker command keeps the account at Docker Hub.
HUB_KEY = "https://index.docker.io/v1/"
HELPER_SECONDS = 10


@dataclass(frozen=True, repr=False)
class Account:
    """An account at a registry: name and password, or an identity token in their place."""

    name: str = ""
    password: str = ""
    identity_token: str = ""

    def basic(self) -> str:
        """Return the Authorization header of a plain login."""
        return "Basic " + base64.b64encode(f"{self.name}:{self.password}".encode()).decode()


def read_account(registry: str, environment: Optional[Mapping[str, str]] = None) -> Optional[Account]:
    """Return the account that the docker command of this user has at a registry, or None."""
    folder = (os.environ if environment is None else environment).get("DOCKER_CONFIG") or os.path.join(
        os.path.expanduser("~"), ".docker"
    )
    try:
        config = json.loads(read_text(os.path.join(folder, "config.json")) or "{}")
    except ValueError:
        return None
    return account_in(config, registry) if isinstance(config, dict) else None


def account_in(config: Mapping[str, Any], registry: str) -> Optional[Account]:
    """Return the account at a registry that a config.json holds, or that the helper it names knows."""
    key = HUB_KEY if registry == HUB else registry
    helper = (config.get("credHelpers") or {}).get(key) or config.get("credsStore")
    if helper:
        return _ask_helper(str(helper), key)
    for name, entry in (config.get("auths") or {}).items():
        if _host(name) == _host(key):
            return _account(entry)
    return None


def _account(entry: Mapping[str, str]) -> Optional[Account]:
    try:
        name, _colon, password = base64.b64decode(entry.get("auth", "")).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    token = entry.get("identitytoken", "")
    return Account(name, password, token) if name or token else None


def _ask_helper(helper: str, key: str) -> Optional[Account]:
    try:
        said = json.loads(run(["docker-credential-" + helper, "get"], stdin=key, timeout=HELPER_SECONDS).stdout)
    except (CommandFailed, ValueError):
        return None
    if said.get("Username") == "<token>":
        return Account(identity_token=said.get("Secret", ""))
    return Account(said.get("Username", ""), said.get("Secret", ""))


def _host(key: str) -> str:
    return key.partition("://")[2].partition("/")[0] if "://" in key else key.partition("/")[0]
