# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the host command says: answers on standard output, how things go on standard error."""

from __future__ import annotations

import json
import sys
from typing import Any


def say(text: str) -> None:
    """An answer, on a line of its own."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """An answer for machines."""
    say(json.dumps(value, indent=2))


def tell(text: str) -> None:
    """How things go: for whoever waits, not part of the answer."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
