# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small library of photos that is backed up and restored: files, rows, a proxy in front, and a bystander."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration.releases import small
from support import throwaway

STACK = "small"
HOST = "restore"
REPOSITORY = "/srv/points"
PHOTOS = "/var/lib/docker/volumes/small_photos/_data"
ALARM = "/root/alarm"
CONFIRM = f"--confirm {STACK}@{HOST}"
DATABASES = ("albums",)
ON_HOST = "/root/on_host.py"
# Makes files, folders and links with names of every kind.
ODD_NAMES = Path(__file__).with_name("odd_names.py")
FACES = "docker ps --all --format '{{.Label \"com.docker.compose.service\"}} {{.ID}} {{.State}}' | sort"
STARTED = "docker inspect --format '{{.Id}} {{.State.StartedAt}}' small-%s-1"
FILL = f"""
set -e
rm -f {ALARM} /var/lib/small/restore/*Z-????.json
small up >/dev/null 2>&1
find {PHOTOS}/.. {PHOTOS} -mindepth 1 -maxdepth 1 ! -name _data -exec rm -rf {{}} +
mkdir -p {PHOTOS}/2026
for number in 1 2 3 4 5 6; do head -c 200000 /dev/urandom >{PHOTOS}/2026/$number.jpg; done
chown 1234:4321 {PHOTOS}/2026/2.jpg
chmod 0640 {PHOTOS}/2026/3.jpg
"""
DROP = r"""
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database
WHERE NOT datistemplate AND datname <> 'postgres' \gexec
"""
ROWS = """
CREATE TABLE album (id int PRIMARY KEY, title text);
INSERT INTO album SELECT i, 'album ' || i FROM generate_series(1, 200) i;
"""
# All that was made of points here; what the deployment has laid stays. Making a repository takes restic two seconds.
FORGET = f"""
rm -rf {REPOSITORY} && cp -a /root/empty-repository {REPOSITORY}
rm -rf /var/cache/small /var/lib/small/restore /var/lib/small/safety /var/lib/small/host-id
rm -f /var/lib/small/publishes-to.json /var/lib/small/verified.json /var/lib/small/restore-durations.json
cp -p /root/backup.json /etc/small/backup.json
cp -p /root/restic-password $(python3 -c 'import json; print(json.load(open("/root/backup.json"))["password_file"])')
"""
KEEP = """
cp -p /etc/small/backup.json /root/backup.json
cp -p $(python3 -c 'import json; print(json.load(open("/root/backup.json"))["password_file"])') /root/restic-password
restic init --quiet --repo /root/empty-repository --password-file /root/restic-password
"""
LISTING = f"""
cd {PHOTOS} && find . -printf '%p %y %m %U %G %l\\n' | sort && find . -type f -print0 | sort -z | xargs -0r sha256sum
"""


def variables(databases: tuple[str, ...] = DATABASES, **settings: Any) -> dict[str, Any]:
    """Variables of an inventory that deploys it, with a repository on the host's own disk."""
    web = {
        "name": "web",
        "volumes": ["photos:/srv/photos"],
        "backup": {"volumes": ["photos"]},
        "databases": [{"server": "database", "name": name} for name in databases],
    }
    bystander = {
        "name": "bystander",
        "image": throwaway.image("valkey"),
        "healthcheck": {"test": ["CMD", "valkey-cli", "ping"], **small.QUICK},
    }
    found = {
        **small.variables(web, bystander),
        "backup_repository": REPOSITORY,
        "backup_accept_local_only": True,
        "backup_key_escrowed": True,
        "backup_host": HOST,
        "backup_on_failure": ["cp", "/dev/stdin", ALARM],
        # Data is lost here on purpose, again and again; what makes a point suspect is tried by the tests of guards.
        "backup_suspect": {"ignore": ["*"]},
        **settings,
    }
    # Backups are made unless somebody says otherwise, as the small stack does.
    del found["backup_enabled"]
    return found


@contextmanager
def provisioned(name: str, databases: tuple[str, ...] = DATABASES, **settings: Any) -> Iterator[Library]:
    """The library on a VPS called ``name``, deployed by the playbook site; removed at the end."""
    with throwaway.machine(name, variables(databases, **settings)) as machine:
        run = machine.play("site")
        assert run.rc == 0, run.output
        machine.send({ON_HOST: Path(__file__).with_name("on_host.py")})
        machine.sh(KEEP)
        yield Library(machine, databases)


@dataclass
class Library:
    """The library on its machine, spoken to through its host command."""

    machine: throwaway.Machine
    databases: tuple[str, ...] = DATABASES

    def sh(self, script: str, check: bool = True) -> str:
        """What a script run as root prints."""
        return self.machine.sh(script, check)

    def sql(self, sql: str, database: str = "albums") -> str:
        """What the library's database answers."""
        asked = f"docker exec -i small-database-1 psql -U postgres -qAt -v ON_ERROR_STOP=1 -d {database}"
        return self.sh(f"{asked} <<'SQL'\n{sql}\nSQL\n").strip()

    def fill(self) -> None:
        """Photos and rows as every test begins with them, everything running, no restore broken off."""
        self.sh(FILL)
        made = [f"CREATE DATABASE {name};" for name in self.databases]
        self.sql("\n".join([DROP, *made, "\\connect albums", ROWS]), "postgres")

    def forget_points(self) -> None:
        """There was never a restore point, only an empty repository; the settings are those that were deployed."""
        self.sh(FORGET)

    def answer(self, words: str) -> Any:
        """What the host command says as JSON, doing well."""
        return json.loads(self.sh(f"small {words} --json 2>/root/said || {{ cat /root/said; exit 1; }}"))

    def refusal(self, words: str) -> str:
        """What the host command says, which has to end with 1."""
        said = self.sh(f"small {words} 2>&1; echo code $?", check=False)
        assert said.endswith("code 1\n"), said
        return said

    @contextmanager
    def small_disk(self, folder: str, size: str) -> Iterator[None]:
        """A file system in memory under a folder, with what lies there on it; what is on it at the end is lost.

        Throwaway machines have no loop devices.
        """
        self.sh(
            f"mkdir -p {folder} /root/moved && mount -t tmpfs -o size={size},mode=700 tmpfs /root/moved"
            f" && cp -a {folder}/. /root/moved && mount --move /root/moved {folder}"
        )
        try:
            yield
        finally:
            self.sh(f"docker stop -t 1 small-web-1; umount {folder}")

    def alarm(self) -> str:
        """What the operator was told, which is forgotten then; empty for nothing."""
        return self.sh(f"cat {ALARM} 2>/dev/null; rm -f {ALARM}")

    def back_up(self) -> str:
        """Make a restore point; returns its ID."""
        return self.answer("backup")["point"]["id"]

    def points(self, **wanted: Any) -> list[str]:
        """IDs of the points, oldest first; those alone of which this is said, such as ``complete=True``."""
        found = self.answer("points")
        return [point["id"] for point in found if all(point[key] == value for key, value in wanted.items())]

    def restore(self, words: str, check: bool = True) -> str:
        """Run the host command; returns what it says, both streams."""
        return self.sh(f"small restore {words}", check)

    def phase(self, name: str, point: str = "latest", confirm: str = "") -> dict[str, Any]:
        """One phase of a restore: ``{"value": …}``, or ``{"error": …}`` with what was said."""
        return json.loads(self.sh(shlex.join(["python3", ON_HOST, "phase", name, point, confirm])).splitlines()[-1])

    def done(self, name: str, confirm: str = "") -> dict[str, Any]:
        """One phase of restoring the latest point, which has to do well."""
        answer = self.phase(name, confirm=confirm)
        assert "error" not in answer, answer
        return answer["value"]

    def killed(self, boundary: str, words: str) -> str:
        """Run the host command and have it killed with -9 when it comes to ``boundary``; returns what it had said."""
        said = self.sh(shlex.join(["python3", ON_HOST, "kill", boundary, *words.split()]) + "; echo code $?", False)
        assert "code 137\n" in said, said
        return said

    def tampered(self, words: str, boundary: str, script: str) -> str:
        """Run the host command, and a script when it comes to ``boundary``; it has to fail. Returns what it said."""
        argv = ["python3", ON_HOST, "tamper", boundary, script, *words.split()]
        said = self.sh(shlex.join(argv) + "; echo code $?", False)
        assert "code 1\n" in said, said
        return said

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
        """Whether everything is healthy, or soon is: what was started a moment ago has not been asked yet."""
        return "UNHEALTHY" not in self.sh("small health --wait 30", check=False)
