# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host with a deployed stack, a repository and a database server, in a folder and in milliseconds.

>>> with World(tmp_path) as world:
...     world.deploy()
...     before = world.data()
...     point = create.create(world.spec, world.settings).manifest["id"]
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import config, create, foreign, quiesce
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.restore import target
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.stack import host_command, spec
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

from support.fakes import cluster as clusters
from support.fakes import description, patches
from support.fakes.caddy import Caddy
from support.fakes.cluster import Cluster
from support.fakes.commands import Answer, Call, Commands, Killed
from support.fakes.compose import Compose
from support.fakes.container import Image
from support.fakes.docker import Docker
from support.fakes.docker_commands import DockerCommands
from support.fakes.postgres import Postgres
from support.fakes.repository import Repository
from support.fakes.restic import Restic
from support.fakes.socket import answering
from support.fakes.tree import Node, collect

BEGIN = datetime.datetime(2026, 11, 23, 3, tzinfo=datetime.UTC)


class World:
    """The host. Only inside ``with`` the engine lives on it."""

    def __init__(self, folder: Path, **settings: Any):
        self.folder = str(folder)
        self.commands = Commands()
        self.clock = patches.Clock(BEGIN)
        self.disk = patches.Disk()
        self.restic = Restic(self.commands, self.clock.now)
        self.docker = Docker(self.commands, self.path("docker"))
        self.compose = Compose(self.docker, DockerCommands(self.commands, self.docker))
        self.postgres = Postgres(self.docker)
        self.caddy = Caddy(self.docker)
        self.said: list[str] = []
        self.described = description.document(
            {"root": self.path("opt/world"), "state_dir": self.path("var/world"), "etc_dir": self.path("etc/world")}
        )
        self.given = description.settings(self.path("srv/points"), self.path("etc/world/restic-password"), **settings)
        self._watchers: list[Call] = []
        self._entered = contextlib.ExitStack()
        self.commands.programs["sh"] = lambda call: _Watcher(call, self._watchers.append)

    def __enter__(self) -> World:
        foreign._told.clear()
        self._entered.enter_context(patches.applied(self.commands, self.clock, self.disk, self.folder))
        self._entered.enter_context(answering(self.docker))
        for name in ("etc/world", "var/world", "srv", "bin", "docker/volumes"):
            os.makedirs(self.path(name), exist_ok=True)
        Path(self.given["password_file"]).write_text("a-password\n")
        self.image(description.POSTGRES, postgresql="17.6", extensions={"vector": "0.8.0"})
        self.image(description.WEB)
        return self

    def __exit__(self, *exception: Any) -> None:
        self._entered.close()

    def path(self, name: str) -> str:
        """A path in the world."""
        return os.path.join(self.folder, name)

    @property
    def spec(self) -> Spec:
        """The stack as the engine takes it."""
        return description.spec(self.described)

    @property
    def target(self) -> Target:
        """The stack as a restore takes it."""
        return target.of(self.spec)

    @property
    def settings(self) -> config.Settings:
        """The backup settings as the engine takes them."""
        return config.from_dict(self.given)

    @property
    def layout(self) -> Layout:
        """Where the releases lie."""
        return Layout(self.described["root"])

    @property
    def repository(self) -> Repository:
        """The first repository."""
        return self.restic.repositories[self.given["repository"]]

    @property
    def confirmation(self) -> str:
        """What has to be said for data to be replaced."""
        return f"{description.STACK}@{description.HOST}"

    def hear(self, line: str) -> None:
        """Take a line of progress."""
        self.said.append(line)

    def image(self, reference: str, here: bool = True, **given: Any) -> Image:
        """Have an image on the host, or where it can be pulled from."""
        digest = hashlib.sha256(reference.encode()).hexdigest()
        made = Image(reference, f"sha256:{digest}", f"{reference.rpartition(':')[0]}@sha256:{digest}", **given)
        self.docker.available[reference] = made
        if here:
            self.docker.images[reference] = made
        return made

    def deploy(self) -> str:
        """Have the stack run, with a few photos, pages and rows in it; returns the name of its release."""
        name = description.lay(self.described)
        description.serve(self.described, name)
        compose.Running(self.spec, ["up", "--detach", "--wait"]).follow()
        self.fill()
        return name

    def fill(self) -> None:
        """Put a few photos, pages and rows into it."""
        self.alter(lambda cluster: cluster["databases"].update(albums=clusters.new_database("postgres")))
        self.alter(lambda cluster: _albums(cluster)["tables"].update({"public.album": ["1, 'sea'", "2, 'hills'"]}))
        self.write("photos", "2026/1.jpg", "one")
        self.write("photos", "2026/2.jpg", "two", 0o640)
        self.write("pages", "home.md", "welcome")

    def have_backups(self) -> None:
        """Set backups up: the host command makes points of what serves."""
        Path(self.path(f"etc/{description.STACK}/backup.json")).write_text(json.dumps(self.given))
        self.commands.add(host_command.path_of(description.STACK), self._host_command)

    def _host_command(self, call: Call) -> Answer:
        assert call.argv[1:4] == ["backup", "--json", "--reason"], f"the host command is asked for more: {call.argv}"
        try:
            made = create.create(spec.load(spec.path_of(description.STACK)), self.settings, reason=call.argv[4])
        except Exception as error:
            return Answer(1, err=f"{description.STACK}: {error}\n".encode())
        return Answer(out=json.dumps({"point": {"id": made.manifest["id"]}}).encode())

    def volume(self, name: str) -> Path:
        """Where the files of a volume lie."""
        return Path(self.docker.folder(f"{description.STACK}_{name}"))

    def write(self, volume: str, name: str, text: str, mode: int = 0o644) -> None:
        """Put a file into a volume."""
        path = self.volume(volume) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    @property
    def cluster(self) -> Cluster:
        """What the database server holds."""
        return clusters.load(str(self.volume("pgdata")))

    def alter(self, change: Callable[[Cluster], Any]) -> None:
        """Change what the database server holds."""
        cluster = self.cluster
        change(cluster)
        clusters.save(str(self.volume("pgdata")), cluster)

    def rows(self, table: str = "public.album") -> list[str]:
        """The rows of a table of the database albums."""
        return list(_albums(self.cluster)["tables"][table])

    def spoil(self) -> None:
        """Change something of everything that a point holds."""
        self.write("photos", "2026/1.jpg", "spoilt")
        self.write("photos", "2026/3.jpg", "new")
        (self.volume("photos") / "2026" / "2.jpg").unlink()
        self.write("pages", "home.md", "spoilt")
        self.alter(lambda cluster: _albums(cluster)["tables"].update({"public.album": ["9, 'spoilt'"], "public.x": []}))

    def data(self) -> dict[str, Any]:
        """All that a restore has to bring back: files with owners and modes, databases, roles."""
        saved = [one["name"] for one in self.described["volumes"] if one["backup"] in ("files", "cold")]
        files = {name: _files(self.volume(name)) for name in saved}
        if not clusters.exists(str(self.volume("pgdata"))):
            return {"files": files, "databases": {}, "members": [], "settings": [], "roles": {}}
        kept = {key: self.cluster[key] for key in ("databases", "members", "settings")}
        # Whoever runs the server may get another password with each release.
        names = {name: role["attributes"] for name, role in self.cluster["roles"].items()}
        return {"files": files, **kept, "roles": names}

    def state(self) -> dict[str, Any]:
        """All that there is, so that a world can be compared with itself: data, containers, points, notes."""
        containers = {
            one.service: (one.id, one.state, one.policy, one.memory, one.started)
            for one in self.docker.containers.values()
        }
        points = {
            address: sorted(one.id for one in repository.snapshots)
            for address, repository in self.restic.repositories.items()
        }
        return {**self.data(), "containers": containers, "points": points, "leftovers": self.leftovers()}

    def leftovers(self) -> list[str]:
        """What lies where only volumes, releases and databases should: what a restore has left."""
        beside = [
            f"{volume}/{name}"
            for volume in sorted(os.listdir(self.path("docker/volumes")))
            for name in os.listdir(self.path(f"docker/volumes/{volume}"))
            if name != "_data"
        ]
        return beside + [name for name in self.data()["databases"] if "_restore_" in name or "_before_" in name]

    def running(self) -> set[str]:
        """The services that run."""
        return {one.service for one in self.docker.containers.values() if one.state == "running"}

    def points(self, work: Callable[[], Any]) -> int:
        """How many points the work passes, each of which may be its last."""
        begun = len(self.commands.passed)
        work()
        return len(self.commands.passed) - begun

    def killed(self, work: Callable[[], Any], at: int = 0, where: str = "", power: bool = True) -> bool:
        """Do the work and kill it at a point, as ``Commands.kill`` says; returns whether it came to that.

        What it has left to watch over services does what it is there for, unless the machine loses its power too.
        """
        self.commands.kill(at, where)
        killed = False
        try:
            work()
        except Killed:
            killed = True
        finally:
            self.commands.revive()
            if killed and not power:
                self._watchers.clear()
                self.docker.boot()
            self._let_watchers_work()
        return killed

    def _let_watchers_work(self) -> None:
        while self._watchers:
            note, token, usual, *ids = self._watchers.pop().argv[4:]
            if os.path.exists(note) and token in Path(note).read_text():
                self.commands.answer(Call(["docker", "start", *ids]))
                if usual:
                    self.commands.answer(Call(["docker", "update", "--restart", "unless-stopped", *usual.split()]))
                os.unlink(note)


class _Watcher:
    """The second process of ``quiesce``: it is told that all is done, or does it when nobody tells it."""

    def __init__(self, call: Call, left: Callable[[Call], None]):
        assert call.argv[2] == quiesce.WATCH, f"a shell is asked for something else: {call.argv[2]}"
        self._call, self._left = call, left
        self._heard = b""

    def feed(self, data: bytes) -> bytes:
        self._heard += data
        return b""

    def end(self) -> Answer:
        if not self._heard.startswith(b"done"):
            self._left(self._call)
        return Answer()


def _albums(cluster: Cluster) -> Any:
    return cluster["databases"]["albums"]


def _files(folder: Path) -> dict[str, Node] | None:
    if not folder.is_dir():
        return None
    return {path[len(str(folder)) :]: node for path, node in collect(str(folder)) if path.startswith(f"{folder}/")}
