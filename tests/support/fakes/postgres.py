# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Database servers in containers: psql, pg_dump and pg_restore as ``docker exec`` runs them there."""

from __future__ import annotations

import copy
import json
import secrets
from collections.abc import Callable
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import compatibility, image, roles

from support.fakes import cluster as clusters
from support.fakes.cluster import Cluster, Database, Refused, opened
from support.fakes.commands import Answer, Call, Session, Whole
from support.fakes.container import EXITED, RUNNING, Container
from support.fakes.docker import Docker, Inside
from support.fakes.psql import Psql

DATA = "/var/lib/postgresql/data"
MAGIC = b"PGDMP"


class Postgres:
    """All servers; each lives in the volume that its container mounts.

    ``shared`` are the folders on which two of them ran at once: neither sees the other, and both write.
    ``losing`` is how many of the tables that are restored next lose their last row.
    """

    def __init__(self, docker: Docker):
        self.docker = docker
        self.exported: dict[str, Database] = {}
        self.losing = 0
        self.shared: list[str] = []
        docker.on_start.append(self._boot)
        docker.inside.update(
            psql=self._psql,
            pg_dump=_tool(self._dump),
            pg_dumpall=_tool(self._roles),
            pg_restore=_tool(self._restore),
            sh=_tool(_asked),
        )

    def folder(self, container: Container) -> str:
        """Where the cluster of a container lies."""
        data = container.env.get("PGDATA", DATA)
        source = container.mounts.get(data, "")
        return source if source.startswith("/") else self.docker.folder(source)

    def cluster(self, container: Container) -> Cluster:
        """What a server holds."""
        return clusters.load(self.folder(container))

    def _boot(self, container: Container) -> None:
        version = container.image.postgresql
        if not version or container.env.get("PGDATA", DATA) not in container.mounts:
            return
        folder = self.folder(container)
        servers = [one for one in self.docker.containers.values() if one.image.postgresql and one.state == RUNNING]
        self.shared += [folder for one in servers if one is not container and self.folder(one) == folder]
        if not clusters.exists(folder):
            env = container.env
            user = env.get("POSTGRES_USER", "postgres")
            clusters.make(folder, version, user, env.get("POSTGRES_PASSWORD", ""), env.get("POSTGRES_DB", user))
        elif clusters.load(folder)["version"].partition(".")[0] != version.partition(".")[0]:
            container.state, container.exit_code = EXITED, 1

    def _psql(self, container: Container, call: Call) -> Session:
        database = database_of(_option(call, "--dbname"))
        return Psql(Server(self, container), database)

    def _dump(self, container: Container, call: Call) -> Answer:
        version = container.image.postgresql
        if "--version" in call.argv:
            return Answer(out=f"pg_dump (PostgreSQL) {version} (Debian {version}-1)\n".encode())
        name, snapshot = database_of(_option(call, "--dbname")), _option(call, "--snapshot")
        database = opened(self.cluster(container), name)
        if snapshot:
            if snapshot not in self.exported:
                raise Refused(f'query failed: ERROR:  invalid snapshot identifier: "{snapshot}"')
            database = self.exported[snapshot]
        kept = {key: database[key] for key in ("extensions", "tables", "large_objects")}
        return Answer(out=MAGIC + json.dumps(kept, sort_keys=True).encode("utf-8", "surrogateescape") + b"\n")

    def _roles(self, container: Container, _call: Call) -> Answer:
        kept = self.cluster(container)
        listed = [{"name": called, **one} for called, one in sorted(kept["roles"].items())]
        found = {"roles": listed, "members": kept["members"], "settings": kept["settings"]}
        text = "\n".join(roles.statements(found, set(), whole=True))
        return Answer(out=text.encode("utf-8", "surrogateescape") + b"\n")

    def _restore(self, container: Container, call: Call) -> Answer:
        if "--version" in call.argv:
            return Answer(out=f"pg_restore (PostgreSQL) {container.image.postgresql}\n".encode())
        if not call.stdin.startswith(MAGIC):
            raise Refused("input file does not appear to be a valid archive")
        if not call.stdin.endswith(b"\n"):
            raise Refused("could not read from input file: end of file")
        kept = json.loads(call.stdin[len(MAGIC) :])
        if "--file=/dev/null" in call.argv:
            return Answer()
        server, name = Server(self, container), database_of(_option(call, "--dbname"))
        opened(server.load(), name)
        for extension, version in kept["extensions"].items():
            server.create_extension(name, extension, version)
        for table, rows in kept["tables"].items():
            self.docker.point(f"pg_restore: table {table}")
            server.alter(name, "tables", {table: self._left(rows)})
        server.alter(name, "large_objects", kept["large_objects"])
        return Answer()

    def _left(self, rows: list[str]) -> list[str]:
        if not self.losing or not rows:
            return rows
        self.losing -= 1
        return rows[:-1]


class Server:
    """One server, as its clients have it."""

    def __init__(self, postgres: Postgres, container: Container):
        self._postgres = postgres
        self.container = container
        self.folder = postgres.folder(container)
        self.point = postgres.docker.point

    def load(self) -> Cluster:
        return clusters.load(self.folder)

    def save(self, cluster: Cluster) -> None:
        clusters.save(self.folder, cluster)

    def alter(self, name: str, key: str, value: Any) -> None:
        """Change something of one database for good; what has parts is added to."""
        cluster = self.load()
        database = cluster["databases"][name]
        database[key] = {**database[key], **value} if isinstance(value, dict) else value
        self.save(cluster)

    def create_extension(self, name: str, extension: str, version: str) -> None:
        """Make an extension, where the image brings it."""
        if extension not in self.available:
            raise Refused(f'ERROR:  extension "{extension}" is not available')
        self.alter(name, "extensions", {extension: version})

    @property
    def available(self) -> dict[str, str]:
        """The extensions that the image brings."""
        return {**clusters.PLPGSQL, **self.container.image.extensions}

    def export(self, database: Database) -> str:
        """Keep a database as it is, for whoever knows the name of that moment."""
        name = f"00000003-{secrets.token_hex(4).upper()}-1"
        self._postgres.exported[name] = copy.deepcopy(database)
        return name

    def forget(self, snapshots: list[str]) -> None:
        """A session ends, and the moments that it has exported with it."""
        for name in snapshots:
            self._postgres.exported.pop(name, None)


def _tool(work: Callable[[Container, Call], Answer]) -> Inside:
    """A program in a container that reads all of its input first."""

    def answer(container: Container, call: Call) -> Answer:
        try:
            return work(container, call)
        except Refused as refused:
            return Answer(1, err=f"{call.argv[0]}: error: {refused}\n".encode())

    return lambda container, call: Whole(call, lambda whole: answer(container, whole))


def database_of(address: str) -> str:
    """The database that an address of PostgreSQL's tools means."""
    if address.startswith("dbname='"):
        return address[len("dbname='") : -1].replace("\\'", "'").replace("\\\\", "\\")
    return address


def _option(call: Call, name: str) -> str:
    for place, word in enumerate(call.argv):
        if word == name:
            return call.argv[place + 1]
        if word.startswith(name + "="):
            return word[len(name) + 1 :]
    return ""


def _asked(container: Container, call: Call) -> Answer:
    """What an image says of itself to the two scripts that ask."""
    version, script = container.image.postgresql, call.argv[-1]
    if not version:
        return Answer(127, err=b"sh: pg_restore: not found\n")
    if script == compatibility.LOOK:
        brought = {**clusters.PLPGSQL, **container.image.extensions}
        files = [f"/usr/share/postgresql/extension/{name}.control\n" for name in brought]
        return Answer(out=f"pg_restore (PostgreSQL) {version}\n{''.join(files)}".encode())
    if script == image.PROBE:
        said = f"postgres (PostgreSQL) {version}\n/usr/lib/postgresql/bin/postgres\nglibc 2.41\n"
        return Answer(out=said.encode())
    return Answer(127, err=b"sh: unknown script\n")
