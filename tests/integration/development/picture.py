# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a mode decides of a host: its containers down to their environment, networks, files, ports, limits, jobs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from support.throwaway import Machine

PROJECT = "com.docker.compose.project"
# Compose notes here which container another one took the place of.
HISTORY = "com.docker.compose.replace"

LOOK = r"""
cd /opt/photo-sync
echo "release $(readlink current)"
find -L current config /etc/cron.d /etc/photo-sync -type f -exec sha256sum {} + | sort -k2
ss -H -ltn | awk '{print "listens", $4}' | grep -v ' 127.0.0.1:[3-6][0-9][0-9][0-9][0-9]$' | sort
systemctl show photo-sync.slice -p MemoryMax -p TasksMax
docker network ls --format 'network {{.Name}}' | sort
docker volume ls --format 'volume {{.Name}}' | sort
"""


@dataclass(frozen=True)
class Picture:
    """The containers by service, and everything else as lines."""

    containers: dict[str, dict[str, Any]]
    lines: list[str]

    @classmethod
    def of(cls, vps: Machine) -> Picture:
        """Look at a host."""
        found = json.loads(vps.sh("docker inspect $(docker ps --all --quiet)"))
        containers = {one["Config"]["Labels"]["com.docker.compose.service"]: _container(one) for one in found}
        assert len(containers) == len(found), "a service has two containers"
        return cls(containers, vps.sh(LOOK).splitlines())

    def difference(self, other: Picture) -> list[str]:
        """What one of the two has and the other has not."""
        return sorted(set(self._facts()) ^ set(other._facts()))

    def _facts(self) -> list[str]:
        facts = [
            f"{service} {what} {fact}"
            for service, found in self.containers.items()
            for what, value in found.items()
            for fact in (value.items() if isinstance(value, dict) else value if isinstance(value, list) else [value])
        ]
        return [*facts, *self.lines]

    @property
    def ports(self) -> list[str]:
        """Addresses and ports at which the host listens."""
        return [line.split()[1] for line in self.lines if line.startswith("listens ")]

    @property
    def files(self) -> list[str]:
        """Paths of the files that the collection writes."""
        return [line.split()[1] for line in self.lines if "/" in line and len(line.split()[0]) == 64]


def _container(inspected: dict[str, Any]) -> dict[str, Any]:
    config, host = inspected["Config"], inspected["HostConfig"]
    limits = ("Memory", "MemoryReservation", "NanoCpus", "PidsLimit", "CgroupParent")
    return {
        "image": config["Image"],
        "content": inspected["Image"],
        "environment": sorted(config["Env"]),
        "command": [config["Entrypoint"], config["Cmd"]],
        # Some are lists, in an order that is not always the same.
        "labels": {name: sorted(value.split(",")) for name, value in config["Labels"].items() if name != HISTORY},
        "ports": host["PortBindings"],
        "limits": {name: host[name] for name in limits},
        "mounts": sorted(f"{mount['Source']}:{mount['Destination']}:{mount['RW']}" for mount in inspected["Mounts"]),
        "networks": sorted(inspected["NetworkSettings"]["Networks"]),
    }
