# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployment by somebody's own Compose file, on the host of a world, that the stack is to take over."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.adoption import phases
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import journal_of
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.deploy import rollout
from ansible_collections.photosync.vps.plugins.module_utils.deploy import stage as staging
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import of as spec_of
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import Journal

from support.fakes import cluster as clusters
from support.fakes import description
from support.fakes.world import World

PROJECT = "old"
VOLUMES = {"photos": "/srv/photos", "pages": "/srv/pages", "pgdata": description.DATA}


def deploy(
    world: World, postgres: str = description.POSTGRES, web: str = description.WEB, project: str = PROJECT
) -> None:
    """Have it run, with photos, pages and rows.

    :param postgres: the image of its database server.
    :param web: the image of its other service.
    :param project: the name of its Compose project.
    """
    folder = Path(world.path("home/old"))
    folder.mkdir(parents=True)
    server = {"image": postgres, "environment": {"POSTGRES_PASSWORD": "old"}, "volumes": _mounts("pgdata")}
    other = {"image": web, "depends_on": ["db"], "volumes": _mounts("photos", "pages")}
    services = {name: {**one, "restart": "unless-stopped"} for name, one in {"db": server, "web": other}.items()}
    text = json.dumps({"name": project, "services": services, "volumes": dict.fromkeys(VOLUMES)})
    (folder / "docker-compose.yml").write_text(text)
    (folder / ".env").write_text("COMPOSE_FILE=docker-compose.yml\n")
    run(["docker", "compose", "up", "--detach"], cwd=str(folder))
    (volume(world, "photos", project) / "1.jpg").write_text("one")
    (volume(world, "pages", project) / "home.md").write_text("welcome")
    cluster = clusters.load(str(volume(world, "pgdata", project)))
    cluster["databases"]["albums"] = clusters.new_database("postgres")
    cluster["databases"]["albums"]["tables"] = {"public.album": ["1, 'sea'"]}
    cluster["roles"]["ann"] = clusters.role(["INHERIT", "LOGIN"])
    clusters.save(str(volume(world, "pgdata", project)), cluster)


def volume(world: World, name: str, project: str = PROJECT) -> Path:
    """Where the files of one of its volumes lie."""
    return Path(world.docker.folder(f"{project}_{name}"))


def data(world: World, mounted: dict[str, str] | None = None, project: str = PROJECT) -> dict[str, Any]:
    """What it holds, or what the stack holds of it.

    :param mounted: the engine's names of the volumes, where they are others.
    """
    names = {key: (mounted or {}).get(key, f"{project}_{key}") for key in VOLUMES}
    cluster = clusters.load(world.docker.folder(names["pgdata"]))
    return {
        "photos": Path(world.docker.folder(names["photos"]), "1.jpg").read_text(),
        "pages": Path(world.docker.folder(names["pages"]), "home.md").read_text(),
        "tables": cluster["databases"]["albums"]["tables"],
        "roles": sorted(cluster["roles"]),
    }


def archive(world: World) -> str:
    """Pack its volumes as its backup script does, and lose all of it; returns the folder of the archives."""
    folder = world.path("home/archives")
    os.makedirs(folder)
    for name in VOLUMES:
        with tarfile.open(os.path.join(folder, f"{name}.tar.gz"), "w:gz") as packed:
            packed.add(volume(world, name), arcname=".")
    run(["docker", "compose", "down"], cwd=world.path("home/old"))
    run(["docker", "volume", "rm", *(f"{PROJECT}_{name}" for name in VOLUMES)])
    return folder


class Taking:
    """What the playbook does, phase by phase; done again, it goes on where it broke off."""

    def __init__(self, world: World, project: str = PROJECT, archives: str = ""):
        self.world, self.project, self.archives = world, project, archives
        self.images: dict[str, str] = {}
        self.names = {one["name"]: one["docker_name"] for one in world.described["volumes"]}

    def whole(self) -> dict[str, str]:
        """All of it; returns the engine's names of the volumes."""
        for phase in ["unpack"] if self.archives else ["save", "weigh"]:
            self.phase(phase)
        volumes = self.journal.facts["volumes"]
        for one in self.world.described["volumes"]:
            one["docker_name"] = volumes.get(one["name"], self.names[one["name"]])
        name = description.lay(self.world.described)
        os.makedirs(self.world.path("opt/world/config/caddy"), exist_ok=True)
        staging.switch(self.world.layout, name)
        self.phase("stop")
        self.phase("data")
        rollout.roll_out(self.world.layout, rollout.Request(name, timeout=5.0), self.world.hear)
        self.phase("finish")
        return volumes

    def phase(self, name: str) -> None:
        """One phase, as the module does it."""
        adoption = phases.Adoption(spec_of(self.world.described), self.project, self.archives, self.images)
        adoption.undo() if name == phases.UNDO else adoption.run(name)

    @property
    def journal(self) -> Journal:
        """What the adoption has noted."""
        return journal_of(description.STACK)


def _mounts(*names: str) -> list[str]:
    return [f"{name}:{VOLUMES[name]}" for name in names]
