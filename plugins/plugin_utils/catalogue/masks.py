# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What nobody may see in a diff or a log."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ansible_collections.photosync.vps.plugins.module_utils.common.secret_values import is_secret_name
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.builds import private_settings
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import env_files, env_text

SHORTEST = 4


def secret_values(catalogue: dict[str, Any], shortest: int = SHORTEST) -> list[str]:
    """Every form in which a secret of the stack is written somewhere, the longest first.

    Those with fewer than ``shortest`` characters are left out: masking them would hide half of every text.
    """
    values = {str(value) for value in catalogue["secrets"].values()}
    values |= {person[kind] for person in catalogue["basic_auth"]["people"] for kind in ("password", "hash")}
    values |= {catalogue["basic_auth"]["probe"].removeprefix("Basic ")}
    for variables in env_files(catalogue).values():
        values |= {value for name, value in variables.items() if is_secret_name(name)}
    values |= {part for value in private_settings(catalogue).values() for part in _credentials(value)}
    forms = {form for value in values for form in (value, quote(value, safe=""), quote(value), _in_file(value))}
    return sorted((form for form in forms if len(form) >= shortest), key=lambda form: (-len(form), form))


def _credentials(address: str) -> set[str]:
    """User and password of an address, as they are written in it and as they are meant."""
    user, _colon, password = urlsplit(address).netloc.rpartition("@")[0].partition(":")
    return {form for part in (user, password) for form in (part, unquote(part))}


def _in_file(value: str) -> str:
    """As an environment file writes it, without the quotes."""
    return env_text({"X": value}).removeprefix("X=").strip()[1:-1]
