# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Photos and rows to be backed up and restored, and bare restic doing the same with them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from host import STACK, Host

FOLDER = "/root/bench/album"
OURS, BARE = f"{FOLDER}/ours", f"{FOLDER}/bare"
PHOTOS = f"/var/lib/docker/volumes/{STACK}_immich-data/_data/bench"
SETTINGS = f"/etc/{STACK}/backup.json"
FILES, BYTES = 400, 1_000_000_000
ROWS = 800_000
SERVER, DATABASE = "immich-postgres", "immich"

LAY = """
import os, sys
folder, files, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for number in range(files):
    place = f"{folder}/{number // 500}"
    os.makedirs(place, exist_ok=True)
    with open(f"{place}/{number}.jpg", "wb") as photo:
        photo.write(os.urandom(size))
"""
# Text that compresses to half, as rows do.
TEXT = "(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 8) WHERE id > 0)"
TABLE = f"""
DROP TABLE IF EXISTS bench;
CREATE TABLE bench AS SELECT id, {TEXT} AS said FROM generate_series(1, {ROWS}) id;
ALTER TABLE bench ADD PRIMARY KEY (id);
"""
CHANGE = f"""UPDATE bench SET said = {TEXT} WHERE id BETWEEN %d AND %d;"""


@dataclass(frozen=True)
class Album:
    """What lies on the host, and where each way of keeping it does so."""

    host: Host
    settings: dict[str, Any]
    databases: list[tuple[str, str, str]]
    paths: list[str]
    everything: list[str]

    def keep_in(self, repository: str, **changed: Any) -> None:
        """Have restore points kept there from now on, with further settings changed."""
        settings = {**self.settings, "repository": repository, "copies": [], **changed}
        self.host.write(SETTINGS, json.dumps(settings))

    def empty(self, repository: str) -> None:
        """Make a new repository of ours."""
        made = f"restic init --quiet --repo {repository} --password-file {self.settings['password_file']}"
        self.host.run(f"rm -rf {repository} /var/cache/{STACK}; {made}")

    def bare_empty(self) -> None:
        """Make a new repository of bare restic's."""
        self.host.run(f"rm -rf {BARE} {FOLDER}/cache; {self.bare_argv('init')}")

    def change(self, turn: int) -> None:
        """One of a hundred photos and rows becomes another."""
        share, rows = FILES // 100, ROWS // 100
        names = " ".join(f"{PHOTOS}/0/{turn * share + number}.jpg" for number in range(share))
        self.host.run(f"for photo in {names}; do head -c {BYTES // FILES} /dev/urandom >$photo; done")
        sql(self.host, CHANGE % (turn * rows + 1, (turn + 1) * rows))

    def settle(self) -> None:
        """Let the disk finish what was written before."""
        self.host.run("sync")

    def bare_argv(self, command: str) -> str:
        """A command of bare restic's."""
        return f"restic --quiet --repo {BARE} --password-file {FOLDER}/password --cache-dir {FOLDER}/cache {command}"

    def bare_backup(self) -> str:
        """The script that saves with restic what a restore point holds of databases and volumes."""
        dumps = [
            self.bare_argv(
                f"backup --tag {database} --stdin-filename {database}.dump --stdin-from-command --"
                f" docker exec -i {container} pg_dump -Fc -Z0 -U {user} {database}",
            )
            for container, user, database in self.databases
        ]
        return " && ".join([*dumps, self.bare_argv(f"backup --tag files {' '.join(self.paths)}")])

    def bare_restore(self, beside: str) -> str:
        """The script that restores all of that, files beside the present ones, databases under another name.

        It starts the servers of the databases, which have to be there and not to run.
        """
        containers = sorted({container for container, _user, _database in self.databases})
        ready = [f"until docker exec {container} pg_isready -q; do sleep 0.05; done" for container in containers]
        steps = [f"docker start {' '.join(containers)}", *ready]
        for container, user, database in self.databases:
            steps.append(f"docker exec {container} createdb -U {user} {database}_bench")
            dump = self.bare_argv(f"dump --tag {database} latest {database}.dump")
            steps.append(f"{dump} | docker exec -i {container} pg_restore -1 -U {user} -d {database}_bench")
        files = self.bare_argv(f"restore --tag files latest --target {beside}")
        return " && ".join(["set -o pipefail", files, *steps])

    def remove_restored(self, beside: str) -> None:
        """Remove what that left."""
        drops = [f"docker exec {at} dropdb -U {user} --if-exists {name}_bench" for at, user, name in self.databases]
        self.host.run("; ".join([*drops, f"rm -rf {beside}"]))

    def weight(self, path: str) -> int:
        """Bytes that a file or folder has."""
        return int(self.host.run(f"du -sb {path}").split()[0])


@contextmanager
def laid(host: Host, files: int = FILES, size: int = BYTES // FILES) -> Iterator[Album]:
    """The album on the host, with a repository of our own for it; everything is as before at the end."""
    described = json.loads(host.run(f"cat /opt/{STACK}/current/stack.json"))
    settings = json.loads(host.run(f"cat {SETTINGS}"))
    host.run(f"mkdir -p {FOLDER} && cp -p {SETTINGS} {FOLDER}/backup.json && echo bench >{FOLDER}/password")
    try:
        print(f"laying an album of {files} files, {files * size / 1e9:g} GB", flush=True)
        lay(host, files, size)
        sql(host, TABLE)
        yield Album(host, settings, _databases(host, described), *_volumes(described))
    finally:
        host.run(f"cp -p {FOLDER}/backup.json {SETTINGS}; rm -rf {FOLDER} {PHOTOS}")
        sql(host, "DROP TABLE IF EXISTS bench;")


def lay(host: Host, files: int, size: int) -> None:
    """Lay so many photos of so many bytes each."""
    host.run(f"python3 - {PHOTOS} {files} {size}", LAY)


def sql(host: Host, text: str) -> str:
    """What the database of the album answers."""
    psql = f"docker exec -i {STACK}-{SERVER}-1 psql -U postgres -v ON_ERROR_STOP=1 -qAt -d {DATABASE}"
    return host.run(psql, text)


def _databases(host: Host, described: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (f"{STACK}-{server['service']}-1", server["user"], name)
        for server in described["databases"]
        for name in server["names"]
    ]


def _volumes(described: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The folders of the volumes that are saved file by file, and those together with the databases'."""

    def folders(*kinds: str) -> list[str]:
        wanted = [volume["docker_name"] for volume in described["volumes"] if volume["backup"] in kinds]
        return [shlex.quote(f"/var/lib/docker/volumes/{name}/_data") for name in wanted]

    return folders("files"), folders("files", "database")
