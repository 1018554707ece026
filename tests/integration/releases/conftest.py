"""A throwaway VPS on which the small stack serves, for tests that deploy the wrong thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from integration.releases import small
from support import throwaway
from support.playbook import Run

FACES = "docker ps --all --format '{{.Label \"com.docker.compose.service\"}} {{.ID}}' | sort"


@dataclass
class Site:
    """The small stack on its machine."""

    machine: throwaway.Machine

    def deploy(self, *changed: dict[str, Any], playbook: str = "deploy", **settings: Any) -> Run:
        """Run a playbook with the entries of the small stack changed, or other settings."""
        return self.machine.play(playbook, {"catalogue_services": small.services(*changed), **settings})

    def good(self) -> str:
        """The small stack as it is described serves; returns its release."""
        run = self.deploy()
        assert run.rc == 0, run.output
        return self.current()

    def current(self) -> str:
        """The release that `current` names."""
        return self.machine.sh("basename $(readlink /opt/small/current)").strip()

    def containers(self) -> dict[str, str]:
        """The ID of each service's container, whatever its state."""
        return dict(line.split() for line in self.machine.sh(FACES).splitlines())

    def serves(self) -> bool:
        """Whether its host command finds everything healthy."""
        return "UNHEALTHY" not in self.machine.sh("small health")

    def environment(self, service: str) -> str:
        """What the running container of a service has in its environment."""
        return self.machine.sh(f"docker exec small-{service}-1 env")


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The small stack, provisioned once by the playbook site."""
    with throwaway.machine("releases", small.variables()) as machine:
        found = Site(machine)
        run = found.deploy(playbook="site")
        assert run.rc == 0, run.output
        yield found
