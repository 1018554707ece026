"""A small library with everything that a restore has to put back: photos, rows, a certificate, and a bystander."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from integration.releases import small
from support import throwaway

STACK = "small"
PHOTOS = "/var/lib/docker/volumes/small_photos/_data"
CONFIRM = f"--confirm {STACK}@restore"
FACES = "docker ps --all --format '{{.Label \"com.docker.compose.service\"}} {{.ID}} {{.State}}' | sort"
STARTED = "docker inspect --format '{{.Id}} {{.State.StartedAt}}' small-%s-1"
FILL = f"""
set -e
mkdir -p {PHOTOS}/2026
for number in 1 2 3 4 5 6; do head -c 200000 /dev/urandom >{PHOTOS}/2026/$number.jpg; done
chown 1234:4321 {PHOTOS}/2026/2.jpg
chmod 0640 {PHOTOS}/2026/3.jpg
"""
ROWS = """
DROP TABLE IF EXISTS album;
CREATE TABLE album (id int PRIMARY KEY, title text);
INSERT INTO album SELECT i, 'album ' || i FROM generate_series(1, 200) i;
"""
LISTING = f"cd {PHOTOS} && find . -printf '%p %y %m %U %G\\n' | sort && find . -type f | sort | xargs -r sha256sum"


def variables() -> dict[str, Any]:
    """Variables of an inventory that deploys it, with a repository on the host's own disk."""
    web = {
        "name": "web",
        "volumes": ["photos:/srv/photos"],
        "backup": {"volumes": ["photos"]},
        "databases": [{"server": "database", "name": "albums"}],
    }
    bystander = {
        "name": "bystander",
        "image": throwaway.image("valkey"),
        "healthcheck": {"test": ["CMD", "valkey-cli", "ping"], **small.QUICK},
    }
    settings = {
        **small.variables(web, bystander),
        "backup_repository": "/srv/points",
        "backup_accept_local_only": True,
        "backup_host": "restore",
    }
    # Backups are made unless somebody says otherwise, as the small stack does.
    del settings["backup_enabled"]
    return settings


@dataclass
class Library:
    """The library on its machine, spoken to through its host command."""

    machine: throwaway.Machine

    def sh(self, script: str, check: bool = True) -> str:
        """What a script run as root prints."""
        return self.machine.sh(script, check)

    def sql(self, sql: str) -> str:
        """What the library's database answers."""
        return self.sh(f"docker exec -i small-database-1 psql -U postgres -qAt -d albums <<'SQL'\n{sql}\nSQL\n").strip()

    def fill(self) -> None:
        """Photos and rows as every test begins with them, everything running, no restore broken off."""
        self.sh(f"rm -f /var/lib/small/restore/*Z-????.json; small up >/dev/null 2>&1; rm -rf {PHOTOS}/*; {FILL}")
        self.sql(ROWS)

    def back_up(self) -> str:
        """Make a restore point; returns its ID."""
        made = self.sh("small backup --json 2>/dev/null")
        return json.loads(made)["point"]["id"]

    def restore(self, words: str, check: bool = True) -> str:
        """Run the host command; returns what it says, both streams."""
        return self.sh(f"small restore {words}", check)

    def containers(self) -> dict[str, str]:
        """ID and state of each service's container."""
        return dict(line.split(" ", 1) for line in self.sh(FACES).splitlines())

    def started(self, service: str) -> str:
        """Which container of a service runs, and since when."""
        return self.sh(STARTED % service)

    def rows(self) -> str:
        """How many rows the library has, and what is in them."""
        return self.sql("SELECT count(*), sum(hashtext(a::text)::bigint) FROM album a")

    def photos(self) -> str:
        """Every photo with owner, mode and content."""
        return self.sh(LISTING)

    def serves(self) -> bool:
        """Whether everything is healthy."""
        return "UNHEALTHY" not in self.sh("small health", check=False)
