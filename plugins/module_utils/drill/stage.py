# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lay the release of a drill on the host, beside the one that serves."""

from __future__ import annotations

import json
import os
import shutil
import stat
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.deploy import proxy
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.drill import isolated
from ansible_collections.photosync.vps.plugins.module_utils.drill.place import Place
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

COMPOSE_FILE = "compose.json"
# Replaced by one file, or of no use to a drill.
LEFT_BEHIND = ("compose*.yaml", "stack.json", ".env", "build", "build.env")


def config_of(spec: Spec) -> dict[str, Any]:
    """All that Compose knows of the release that serves, secrets included."""
    folder, environment = compose.folder(spec), compose.environment(spec)
    return json.loads(run(compose.argv("config", "--format", "json"), cwd=folder, env=environment, timeout=60).stdout)


def lay(spec: Spec, config: dict[str, Any], drilled: Spec, place: Place) -> None:
    """Write the drill's release: the one that serves, isolated.

    :param spec: the stack that serves.
    :param config: what :func:`config_of` says of it.
    :param drilled: the drill's own description.
    """
    shutil.copytree(compose.folder(spec), place.current, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    front = spec.entry_point
    config_dir = front.config_dir if front else ""
    if front:
        _configure(config_dir, place)
    file = isolated.compose_file(config, place, config_dir, is_socket)
    # Both hold the environments of all services, with their secrets.
    write_atomically(os.path.join(place.current, COMPOSE_FILE), json.dumps(file, indent=2) + "\n")
    write_atomically(
        os.path.join(place.current, ".env"), f"COMPOSE_PROJECT_NAME={place.project}\nCOMPOSE_FILE={COMPOSE_FILE}\n"
    )
    if front:
        proxy.validate(drilled, front, place.config_dir)


def _configure(config_dir: str, place: Place) -> None:
    shutil.copytree(config_dir, place.config_dir)
    path = os.path.join(place.config_dir, "Caddyfile")
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    write_atomically(path, isolated.caddyfile(text), 0o644)


def is_socket(path: str) -> bool:
    """Whether a socket of the host lies there: whoever is given it speaks to the host's own processes."""
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False
