# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the engine knows of a stack: the description in its current release, ``/opt/<stack>/current/stack.json``."""

from __future__ import annotations

import json
import os
from typing import Any

SCHEMA = 1


class DocumentError(Exception):
    """The stack's description is missing or is not one that this version reads."""


def path_of(stack: str) -> str:
    """Where the description of the deployed release of ``stack`` lies."""
    return os.path.join("/opt", stack, "current", "stack.json")


def load(path: str) -> dict[str, Any]:
    """Read a stack's description; raises DocumentError with what to do about it."""
    try:
        with open(path, encoding="utf-8") as stream:
            document = json.load(stream)
    except FileNotFoundError as error:
        raise DocumentError(
            f"no release is deployed here: {path} does not exist; run the site playbook first"
        ) from error
    except ValueError as error:
        raise DocumentError(f"{path} is not valid JSON ({error}); run the deploy playbook to write it anew") from error
    if document.get("schema") != SCHEMA:
        raise DocumentError(
            "{} has schema {}, this version reads {}; run the deploy playbook of the matching collection".format(
                path, document.get("schema"), SCHEMA
            )
        )
    return document
