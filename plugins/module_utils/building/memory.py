# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How much memory a build may take."""

from __future__ import annotations

import re

MEMINFO = "/proc/meminfo"


def available_bytes(path: str = MEMINFO) -> int:
    """Bytes that new processes may take without swapping; 0 where the kernel does not say."""
    try:
        with open(path, encoding="ascii") as stream:
            found = re.search(r"^MemAvailable:\s+(\d+) kB", stream.read(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
