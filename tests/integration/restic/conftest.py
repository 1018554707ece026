# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bare machine whose distribution has a restic that is too old, and a server with archives made up for the test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import playbook, throwaway

ROLE = playbook.ROOT / "roles" / "backup"
NAME = "glass"
# What the distribution has, and what the archives hold: no restic at all, but it says its version as restic does.
OLD = "#!/bin/sh\necho restic 0.14.0 compiled with go1.19\n"
NEW = "#!/bin/sh\necho restic 0.18.1 compiled with go1.25\n"
SERVER = f"""
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends bzip2 python3 >/dev/null
mkdir -p /srv/releases; cd /srv/releases
printf '{NEW}' | bzip2 >good.bz2
printf '#!/bin/sh\\nexit 126\\n' | bzip2 >for-another-processor.bz2
echo no archive at all >broken.bz2
printf '{OLD}' >/usr/bin/restic; chmod 0755 /usr/bin/restic
systemd-run -q --unit=releases --working-directory=/srv/releases python3 -m http.server --bind 127.0.0.1 8900
"""
PLAY = [
    {
        "hosts": "photosync",
        "gather_facts": False,
        "vars": {
            "__backup_settings": {"restic": {"minimum": "0.17.0"}},
            "__backup_restic": {"stdout": "restic 0.14.0 compiled with go1.19"},
        },
        "tasks": [{"import_tasks": str(ROLE / "tasks" / "binary.yml")}],
    }
]


class Fetching:
    """The role's way to a restic that is new enough, on one machine."""

    def __init__(self, machine: throwaway.Machine, play: Path):
        self.machine = machine
        self.play = play

    def checksum(self, archive: str) -> str:
        """SHA-256 of an archive of the server's."""
        return self.machine.sh(f"sha256sum /srv/releases/{archive}").split()[0]

    def install(self, **binaries: dict[str, str]) -> playbook.Run:
        """Run the tasks with these binaries, by architecture."""
        return self.machine.play(str(self.play), {"backup_restic_binaries": binaries})

    def version(self) -> str:
        """The restic that a person finds."""
        return self.machine.sh("hash -r; restic version").split()[1]

    def traces(self) -> str:
        """What lies where something may have been installed or kept."""
        return self.machine.sh("ls -A /usr/local/bin; ls -A /var/cache | grep restic || true")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fetching]:
    """The machine and its server."""
    play = tmp_path_factory.mktemp("play") / "binary.yml"
    play.write_text(json.dumps(PLAY), encoding="utf-8")
    with throwaway.machine(NAME, bare=True) as machine:
        machine.sh(SERVER)
        yield Fetching(machine, play)


@pytest.fixture
def fetching(machine: Fetching) -> Fetching:
    """As bare as before."""
    machine.machine.sh("rm -f /usr/local/bin/restic /usr/local/bin/.restic /var/cache/restic-*")
    return machine


@pytest.fixture(scope="session")
def pinned() -> dict[str, Any]:
    """The binaries that the role names by default."""
    return yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))["backup_restic_binaries"]
