# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Docker Compose on top of the engine: what ``docker compose`` does in the folder of a project."""

from __future__ import annotations

import json

from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import PROJECT_LABEL, SERVICE_LABEL
from ansible_collections.photosync.vps.plugins.module_utils.docker.engine import VOLUME_LABEL
from ansible_collections.photosync.vps.plugins.module_utils.preflight.existing import FILES, FOLDER

from support.fakes import project
from support.fakes.commands import Answer, Call
from support.fakes.container import EXITED, RUNNING, Container
from support.fakes.docker import Docker
from support.fakes.docker_arguments import Options
from support.fakes.docker_commands import DockerCommands
from support.fakes.project import Project, Service

HASH_LABEL = "com.docker.compose.config-hash"
IMAGE_LABEL = "com.docker.compose.image"
DEPENDS_LABEL = "com.docker.compose.depends_on"


class Trouble(Exception):
    """Compose ends with exit code 1 and says this."""


class Compose:
    """The plugin. A project's network and volumes come with its first container."""

    def __init__(self, docker: Docker, commands: DockerCommands):
        self.docker = docker
        commands.groups["compose"] = self.run

    def run(self, call: Call, words: list[str], options: Options) -> Answer | str:
        """Answer one command line."""
        said: list[str] = []
        if words[0] == "version":
            return f"{self.docker.compose_version}\n"
        try:
            found = project.load(call.cwd)
            work = getattr(self, "_" + words[0])
            return work(found, words[1:], options, said) or "".join(f"{line}\n" for line in said)
        except (Trouble, project.Refused) as error:
            return Answer(1, err="".join(f"{line}\n" for line in [*said, str(error)]).encode())

    def _config(self, found: Project, _words: list[str], options: Options, _said: list[str]) -> str:
        return "" if "--quiet" in options else json.dumps(found.config())

    def _ps(self, found: Project, _words: list[str], _options: Options, _said: list[str]) -> str:
        listed = [
            {"ID": one.id, "Name": one.name, "Service": one.service, "State": one.state, "ExitCode": one.exit_code}
            for one in self.docker.of_project(found.name)
        ]
        return "".join(json.dumps(one) + "\n" for one in listed)

    def _pull(self, found: Project, words: list[str], _options: Options, said: list[str]) -> None:
        for name in words or found.services:
            reference = found.services[name].image
            if reference not in self.docker.images:
                if reference not in self.docker.available:
                    raise Trouble(f"{name} Error manifest for {reference} not found")
                self.docker.point(f"docker: pulling {reference}")
                self.docker.images[reference] = self.docker.available[reference]
            said.append(f"{name} Pulled")

    def _down(self, found: Project, _words: list[str], _options: Options, said: list[str]) -> None:
        for container in self.docker.of_project(found.name):
            self.docker.stop(container)
            self.docker.remove(container)
            said.append(f" Container {container.name}  Removed")
        self.docker.networks.pop(f"{found.name}_default", None)

    def _up(self, found: Project, words: list[str], options: Options, said: list[str]) -> None:
        names = words if "--no-deps" in options else found.with_dependencies(words)
        missing = [found.services[name].image for name in names if not self.docker.image(found.services[name].image)]
        if missing:
            raise Trouble(f"Error response from daemon: No such image: {missing[0]}")
        if "--remove-orphans" in options:
            for container in self.docker.of_project(found.name):
                if container.service not in found.services:
                    self.docker.stop(container)
                    self.docker.remove(container)
                    said.append(f" Container {container.name}  Removed")
        self.docker.networks.setdefault(f"{found.name}_default", {PROJECT_LABEL: found.name})
        made = [self._made(found, found.services[name], options, said) for name in names]
        if "--no-start" in options:
            return
        for container in made:
            self._started(found, container, said)
        if "--wait" in options:
            for container in made:
                self._wait(container)

    def _made(self, found: Project, service: Service, options: Options, said: list[str]) -> Container:
        """The service's container: the one that is there, or a new one, which has its name once it has its place."""
        image = self.docker.images[service.image]
        here = [one for one in self.docker.of_project(found.name) if one.service == service.name]
        kept = [one for one in here if "--no-recreate" in options or _fits(one, service, image.id)][:1]
        superfluous = [one for one in here if one not in kept]
        if kept:
            self._cleared(superfluous)
            return kept[0]
        own = f"{found.name}-{service.name}-1"
        at_first = f"{here[0].id[:12]}_{own}" if here else own
        if self.docker.find(at_first):
            raise Trouble(f'Conflict. The container name "/{at_first}" is already in use')
        for key, name in found.volumes.items():
            if name in service.mounts.values():
                self.docker.make_volume(name, {PROJECT_LABEL: found.name, VOLUME_LABEL: key})
        labels = {
            **service.labels,
            PROJECT_LABEL: found.name,
            SERVICE_LABEL: service.name,
            HASH_LABEL: service.hash,
            IMAGE_LABEL: image.id,
            FOLDER: found.folder,
            FILES: ",".join(found.files),
            DEPENDS_LABEL: ",".join(f"{name}:service_started:false" for name in service.depends_on),
        }
        self.docker.point(f"docker: creating {service.name}")
        made = self.docker.create(
            at_first, image, service.image,
            labels=labels, env=service.env, mounts=service.mounts, policy=service.policy,
        )  # fmt: skip
        self._cleared(superfluous)
        self.docker.point(f"docker: naming {service.name}")
        made.name = own
        said.append(f" Container {made.name}  {'Recreated' if here else 'Created'}")
        return made

    def _cleared(self, containers: list[Container]) -> None:
        for one in containers:
            self.docker.stop(one)
            self.docker.remove(one)

    def _started(self, found: Project, container: Container, said: list[str]) -> None:
        needed = found.services[container.service].depends_on
        for one in self.docker.of_project(found.name):
            if one.service in needed and (one.image.sick or (one.state == EXITED and one.exit_code)):
                raise Trouble(f"dependency failed to start: container {one.name} is unhealthy")
        if container.state != RUNNING:
            self.docker.start(container)
            said.append(f" Container {container.name}  Started")

    def _wait(self, container: Container) -> None:
        if container.state == EXITED and container.exit_code:
            raise Trouble(f"container {container.name} exited ({container.exit_code})")
        if container.image.sick:
            raise Trouble(f"container {container.name} is unhealthy")


def _fits(container: Container, service: Service, image: str) -> bool:
    return container.labels.get(HASH_LABEL) == service.hash and container.labels.get(IMAGE_LABEL) == image
