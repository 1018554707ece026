# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an image is as a PostgreSQL server: its major version, and the C library that sorts its texts."""

from __future__ import annotations

import re

from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Program

# Whoever sorts texts is the C library. musl's order has never changed, glibc's did from one version to the next.
PROBE = """
postgres --version; command -v postgres
if ls /lib/ld-musl-* >/dev/null 2>&1; then echo musl; else getconf GNU_LIBC_VERSION || echo unknown; fi
"""


def postgres(reference: str) -> Program:
    """Look into an image that is here, in a container that is removed at once and reaches nothing."""
    argv = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", reference, "-c", PROBE]
    return parse_probe(run(argv, check=False).stdout)


def parse_probe(text: str) -> Program:
    """What the probe printed."""
    version = re.search(r"\(PostgreSQL\) (\d+)", text)
    lines = [line.strip() for line in text.splitlines()]
    libc = next((line for line in lines if line == "musl" or line.startswith("glibc ")), "")
    program = next((line for line in lines if line.startswith("/")), "")
    return Program(int(version[1]) if version else 0, libc, program)
