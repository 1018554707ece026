# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Small notes that a host keeps between one command and the next, each a file of JSON for root alone."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically


def read(path: str, otherwise: Any = None) -> Any:
    """What was noted; ``otherwise`` where nothing was, and where the file was damaged: the next note writes it anew."""
    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)
    except (FileNotFoundError, ValueError):
        return otherwise


def write(path: str, noted: Any) -> None:
    """Note it, whole or not at all; a folder that is missing is made."""
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    write_atomically(path, json.dumps(noted, indent=2) + "\n")
