# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small stack on a host that is too small for it, for tests that try to take more than the stack may have."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import playbook, throwaway

STACK = "crowd"
MEBIBYTE = 1024**2
# All services together get this much, wherever the test runs: the rest of the machine's memory is kept from them.
ROOM = 512
TASKS = 160
PATIENCE_SECONDS = 120
# The hog's own process eats 200 MiB when it is told to, once.
ON_COMMAND = """
import os, time
if os.path.exists("/tmp/eat"):
    os.remove("/tmp/eat")
while not os.path.exists("/tmp/eat"):
    time.sleep(0.1)
bytearray(200 << 20)
"""


def service(name: str, command: list[str], **resources: Any) -> dict[str, Any]:
    """A service that does nothing until a test makes it."""
    return {
        "name": name,
        "image": throwaway.image("base"),
        "command": command,
        "init": True,
        "healthcheck": {"test": ["CMD", "true"], "interval": "5s", "timeout": "30s", "retries": 10},
        "deploy": {"resources": resources},
    }


def variables() -> dict[str, Any]:
    """An inventory whose reservations, 864 MiB, do not fit into the room."""
    narrow = {"limits": {"memory": "64M", "cpus": 0.25, "pids": 40}, "reservations": {"memory": "64M"}}
    wide = {
        "limits": {"memory": "512M", "cpus": 1.0, "pids": 120},
        "reservations": {"memory": "400M"},
        "minimum": {"memory": "128M"},
    }
    return {
        "stack_name": STACK,
        "stack_domain": f"{STACK}.localhost",
        "stack_tls": "internal",
        "catalogue_photo_sync": False,
        "catalogue_services": [
            service("hog", ["python3", "-c", ON_COMMAND], **narrow),
            service("left", ["sleep", "infinity"], **wide),
            service("right", ["sleep", "infinity"], **wide),
        ],
        "backup_enabled": False,
        "docker_source": "distribution",
        "docker_daemon_options": {"insecure-registries": ["depot.test:5000"]},
        "resource_limits_host_reserve": reserve(ROOM),
        "resource_limits_tasks_max": TASKS,
    }


def reserve(room: int) -> str:
    """What the host has to keep so that so many mebibytes are left; a throwaway VPS has the machine's own memory."""
    lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    total = next(int(line.split()[1]) for line in lines if line.startswith("MemTotal:"))
    return f"{total // 1024 - room}M"


class Crowd:
    """The stack on its host, and the kernel's own view of it."""

    def __init__(self, vps: throwaway.Machine):
        self.vps = vps
        self.checked = vps.play("site", None, "--check")
        self.deployed = vps.play("site")
        assert self.deployed.rc == 0, self.deployed.output

    def sh(self, script: str, check: bool = True) -> str:
        """Run a script on the host and return what it prints."""
        return self.vps.sh(script, check).strip()

    def kernel(self, service: str, controller: str, *names: str) -> str:
        """The first of the named control files of a service's cgroup, or of the slice's where the service is "".

        Version 1 of cgroups keeps one tree for each controller, version 2 one for all.
        """
        group = f"docker-$(docker inspect -f '{{{{.Id}}}}' {STACK}-{service}-1).scope" if service else ""
        places = " ".join(
            f"{root}/{STACK}.slice/{group}/{name}"
            for root in (f"/sys/fs/cgroup/{controller}", "/sys/fs/cgroup")
            for name in names
        )
        return self.sh(f'for file in {places}; do [ -f "$file" ] && exec cat "$file"; done; false')

    def number(self, service: str, controller: str, *names: str, key: str = "") -> int:
        """A number in a control file; with a key, that of the line which begins with it."""
        text = self.kernel(service, controller, *names)
        return int(dict(line.split(" ", 1) for line in text.splitlines())[key] if key else text.split()[0])

    def oom_kills(self, service: str) -> int:
        """Processes of a service that the kernel has killed for lack of memory since its start."""
        return self.number(service, "memory", "memory.events", "memory.oom_control", key="oom_kill")

    def starts(self) -> dict[str, str]:
        """When each service was started: another time is another life."""
        shown = self.sh(
            f"docker ps -q --filter label=com.docker.compose.project={STACK} "
            "| xargs docker inspect -f '{{.Name}} {{.State.StartedAt}}'"
        )
        return dict(line.split() for line in shown.splitlines())

    def health(self) -> dict[str, Any]:
        """What the host command says of health."""
        return json.loads(self.sh(f"{STACK} health --json", check=False))

    def remembered(self, service: str = "hog") -> dict[str, Any]:
        """What the host command says of a service's kills."""
        told = {summary["service"]: summary for summary in self.health()["oom_kills"]}
        return told.get(service, {"total": 0, "since_start": 0})

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait for something that has to come."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not true():
            assert time.monotonic() < deadline, f"never came: {what}"
            time.sleep(0.2)


@pytest.fixture(scope="session")
def crowd() -> Iterator[Crowd]:
    """Three services: a hog with tight limits, and two neighbours whose limits were lowered to fit."""
    with throwaway.machine("limits-crowd", variables()) as vps:
        yield Crowd(vps)


@pytest.fixture
def at_peace(crowd: Crowd) -> Iterator[Crowd]:
    """All services healthy before and after, and none of them started anew by what happens in between."""
    crowd.until(lambda: crowd.health()["healthy"], "health")
    before = crowd.starts()
    yield crowd
    crowd.until(lambda: crowd.health()["healthy"], "health")
    assert crowd.starts() == before


@pytest.fixture
def refused(crowd: Crowd) -> Callable[..., playbook.Run]:
    """Deploy with other settings, which has to be refused and to change nothing."""

    def deploy(**settings: Any) -> playbook.Run:
        run = crowd.vps.play("deploy", settings)
        assert run.rc != 0
        assert run.changed == 0
        return run

    return deploy
