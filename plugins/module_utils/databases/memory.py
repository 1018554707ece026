# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Give a database server more memory while it is filled: building an index takes more than serving does."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Server

MEBIBYTE = 1024**2
# Where the kernel does not say.
LEAST = 64 * MEBIBYTE
SHOWN = "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}"


def available(limit: Optional[int] = None) -> int:
    """Bytes of memory that the host can give, ``limit`` at most."""
    with open("/proc/meminfo", encoding="ascii") as stream:
        found = re.search(r"MemAvailable:\s+(\d+) kB", stream.read())
    free = int(found.group(1)) * 1024 if found else LEAST
    return free if limit is None else min(free, limit)


@contextlib.contextmanager
def lifted(servers: list[Server], state_dir: str) -> Iterator[None]:
    """Lift the memory limits of these servers' containers while the block runs, and put them back afterwards.

    What they were is written down first, so that after a kill the next run still knows.
    """
    put_back(state_dir)
    limits = _limits([server.container for server in servers])
    limited = {container: limit for container, limit in limits.items() if limit[0]}
    if limited:
        os.makedirs(os.path.dirname(_path(state_dir)), mode=0o700, exist_ok=True)
        write_atomically(_path(state_dir), json.dumps(limited) + "\n")
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(_lift, limited, (memory for memory, _swap in limited.values())))
        yield
    finally:
        put_back(state_dir)


def put_back(state_dir: str) -> None:
    """Put back every limit that was lifted; a container that is gone took its own with it."""
    path = _path(state_dir)
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as stream:
        limited: dict[str, list[int]] = json.load(stream)

    def limit(container: str) -> None:
        memory, swap = limited[container]
        if run(["docker", "inspect", container], check=False).rc == 0:
            run(["docker", "update", "--memory", str(memory), "--memory-swap", str(swap), container])

    with ThreadPoolExecutor() as pool:
        list(pool.map(limit, limited))
    os.unlink(path)


def _lift(container: str, memory: int) -> None:
    # One after the other: under cgroup v1 memory may not exceed the limit of memory and swap together; -1 is none.
    # Where the kernel refuses even so, the restore only takes longer.
    for size in (memory, _all_memory()):
        wanted = ["docker", "update", "--memory", str(size), "--memory-swap", "-1", container]
        if run(wanted, check=False).rc != 0:
            break


def _limits(containers: list[str]) -> dict[str, list[int]]:
    said = run(["docker", "inspect", "--format", SHOWN, *containers]).stdout.splitlines()
    return {container: [int(word) for word in line.split()] for container, line in zip(containers, said)}


def _all_memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _path(state_dir: str) -> str:
    return os.path.join(state_dir, "restore", "memory-limits.json")
