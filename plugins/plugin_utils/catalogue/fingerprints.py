# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a service's container is made of, in digests: the host then knows what differs, and why, without any value."""

from __future__ import annotations

import hashlib
import json
from typing import Any

# What Compose leaves out as well when it asks whether a container has to be replaced; variables are counted one by one.
_NOT_IN_A_CONTAINER = ("build", "pull_policy", "depends_on", "env_file", "develop")
LENGTH = 12


def fingerprint(service: dict[str, Any], mode: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    """The digest of a service's whole configuration, and one for each of its fields.

    :param service: the service in the base Compose file.
    :param mode: the same service in the mode's own file; its fields win.
    :param environment: its environment variables, each of which is a field of its own.
    """
    merged = {key: value for key, value in {**service, **mode}.items() if key not in _NOT_IN_A_CONTAINER}
    fields = {key: digest(value) for key, value in merged.items()}
    fields |= {f"environment {name}": digest(value) for name, value in environment.items()}
    return {"digest": digest(fields), "fields": fields}


def digest(value: Any) -> str:
    """A short name of a value, the same on every machine."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:LENGTH]
