# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The outer Docker engine and what the tools of the test world keep about it."""

import contextlib
import fcntl
import hashlib
import ipaddress
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import docker
from docker.errors import DockerException

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".cache" / "host"
LABELS = {"photosync.test": "1"}
DEPOT_NAME = "depot.test"


class Problem(Exception):
    """Something a person has to put right; its text says what."""


def connect() -> docker.DockerClient:
    """Return a client of the engine outside the VPSs."""
    try:
        return docker.from_env(timeout=300)
    except DockerException as error:
        raise Problem(f"no Docker engine answers; run tests/host/prepare ({error})") from error


def gateway(client: docker.DockerClient) -> str:
    """Return the machine's address as every container of the default network sees it."""
    network = client.networks.get("bridge").attrs["IPAM"]["Config"][0]
    # An engine that has just started names none, but takes the first address all the same.
    return network.get("Gateway") or str(ipaddress.ip_network(network["Subnet"])[1])


def say(text: str) -> None:
    """Tell a person what happens; standard output is for results that programs read."""
    print(text, file=sys.stderr, flush=True)


def digest(parts: Iterable[str | bytes]) -> str:
    """Return a short digest of ``parts``, each bounded so that moving a byte between two of them changes it."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(f"{len(data)}:".encode() + data)
    return total.hexdigest()[:12]


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Let one process at a time do what ``name`` stands for."""
    folder = STATE / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
