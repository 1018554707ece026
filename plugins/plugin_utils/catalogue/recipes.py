# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection's own Dockerfiles, for repositories that have none: one folder for each kind of service."""

from __future__ import annotations

import functools
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.zipapp import COLLECTION

FOLDER = COLLECTION / "roles" / "stack" / "files" / "build"
DOCKERFILE = "Dockerfile"
IGNORE_FILE = f"{DOCKERFILE}.dockerignore"
# The stage of each that runs the tests; nothing of it is in the image.
TESTS = "tester"


@functools.cache
def recipe(kind: str) -> dict[str, str]:
    """The files of one kind, by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((FOLDER / kind).iterdir())}


def recipe_path(kind: str) -> str:
    """Path of a kind's folder in a release."""
    return f"build/{kind}"


def release_recipes(catalogue: dict[str, Any]) -> list[dict[str, str]]:
    """The files of all kinds that this stack uses, for the module release."""
    used = sorted({entry["build"]["recipe"] for entry in catalogue["services"] if entry["build"]} - {""})
    return [
        {"path": f"{recipe_path(kind)}/{name}", "content": text} for kind in used for name, text in recipe(kind).items()
    ]


def ignored(kind: str) -> list[str]:
    """What a kind's Dockerfile leaves out of a folder."""
    return recipe(kind)[IGNORE_FILE].splitlines()
