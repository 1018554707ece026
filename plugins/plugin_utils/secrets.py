# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Strong secrets, made once: what is there already is never replaced."""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence

import yaml

LENGTH = 40
# No character here means anything to a shell, a URL, an env file or YAML, wherever a secret ends up.
ALPHABET = string.ascii_letters + string.digits


class NotASecretsFile(Exception):
    """The file has another shape, so nothing can be added without loss."""


def strong() -> str:
    """A new secret of about 238 bits, beginning with a letter so that no YAML takes it for a number."""
    return secrets.choice(string.ascii_letters) + "".join(secrets.choice(ALPHABET) for _unused in range(LENGTH - 1))


def completed(text: str, variable: str, names: Sequence[str]) -> str:
    """YAML in which ``variable`` has a secret for each of ``names``; ``text`` itself when it lacks none."""
    try:
        content = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        # Its message would quote the lines around: they are secrets.
        raise NotASecretsFile("cannot be read as YAML") from error
    if not isinstance(content, dict) or not isinstance(content.get(variable) or {}, dict):
        raise NotASecretsFile(f"{variable} is not a dictionary in it")
    present = content.get(variable) or {}
    missing = [name for name in names if not present.get(name)]
    if not missing:
        return text
    content[variable] = {**present, **{name: strong() for name in missing}}
    return "---\n" + yaml.safe_dump(content, sort_keys=False)
