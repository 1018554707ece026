# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A Docker engine: its containers, volumes, networks and images, and the ``docker`` command on top of them."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable
from typing import Any

from support.fakes.commands import Answer, Call, Commands, Session, Whole
from support.fakes.container import EXITED, RUNNING, Container, Image, formatted

Inside = Callable[[Container, Call], Session]
VALUES = (
    "--filter", "--format", "--time", "--restart", "--memory", "--memory-swap", "--label", "--type", "--env",
    "--network", "--entrypoint", "--name", "--volume", "--tail", "-c", "--progress", "--policy",
)  # fmt: skip


class NotDone(Exception):
    """The engine does not do it, and says why."""


class Docker:
    """The engine. What lies in a volume lies in a folder below ``root``.

    :param inside: the programs that containers have, by name.
    """

    def __init__(self, commands: Commands, root: str):
        self.root = root
        self.version, self.compose_version = "28.2.2", "2.36.0"
        self.containers: dict[str, Container] = {}
        self.volumes: dict[str, dict[str, str]] = {}
        self.networks: dict[str, dict[str, str]] = {}
        self.images: dict[str, Image] = {}
        self.available: dict[str, Image] = {}
        self.inside: dict[str, Inside] = {}
        self.on_start: Callable[[Container], None] = lambda _container: None
        self.groups: dict[str, Callable[[Call, list[str], dict[str, list[str]]], Answer | str]] = {}
        self.point = commands.point
        commands.programs["docker"] = self.open

    def open(self, call: Call) -> Session:
        """Start a command: ``docker exec`` as what it runs, anything else as a whole."""
        words, options = parse(call.argv[1:])
        if words[0] != "exec":
            return Whole(call, self.answer)
        container = self.find(call.argv[_first(call.argv, 2)])
        argv = call.argv[_first(call.argv, 2) + 1 :]
        if container is None or container.state != RUNNING:
            said = f"container {words[1]} is not running" if container else f"No such container: {words[1]}"
            return Whole(call, lambda _call: _refused(said))
        env = dict(pair.split("=", 1) for pair in options.get("--env", []))
        inside = self.inside.get(argv[0])
        if inside is None:
            return Whole(call, lambda _call: Answer(127, err=f"exec: {argv[0]}: not found\n".encode()))
        return inside(container, Call(argv, env, call.cwd))

    def find(self, name: str) -> Container | None:
        """The container with this ID, beginning of an ID, or name."""
        return next((one for one in self.containers.values() if one.id.startswith(name) or one.name == name), None)

    def of_project(self, project: str) -> list[Container]:
        """The containers of a project, the newest first, as the engine lists them."""
        return [one for one in reversed(self.containers.values()) if one.project == project]

    def folder(self, volume: str) -> str:
        """Where the files of a volume lie."""
        return os.path.join(self.root, "volumes", volume, "_data")

    def image(self, reference: str) -> Image | None:
        """The image of this name or ID."""
        return next((one for name, one in self.images.items() if reference in (name, one.id)), None)

    def make_volume(self, name: str, labels: dict[str, str]) -> None:
        """Make a volume that is not there."""
        if name not in self.volumes:
            self.volumes[name] = labels
            os.makedirs(self.folder(name), exist_ok=True)

    def create(self, name: str, image: Image, reference: str, **given: Any) -> Container:
        """Make a container, and the volumes that it mounts."""
        env = {**image.env, **given.pop("env", {})}
        made = Container(secrets.token_hex(32), name, image, reference, env=env, **given)
        self.containers[made.id] = made
        for source in made.mounts.values():
            if not source.startswith("/"):
                self.make_volume(source, {})
        return made

    def start(self, container: Container) -> None:
        """Start a container; a database server that finds no files of its own makes some."""
        self.point(f"docker: starting {container.service or container.name}")
        was = container.state
        container.start()
        if was != RUNNING and container.state == RUNNING:
            self.on_start(container)

    def stop(self, container: Container) -> None:
        """Stop a container."""
        self.point(f"docker: stopping {container.service or container.name}")
        container.stop()

    def remove(self, container: Container) -> None:
        """Remove a container."""
        self.point(f"docker: removing {container.service or container.name}")
        del self.containers[container.id]

    def boot(self) -> None:
        """The machine starts anew: what the engine starts by itself runs again."""
        for container in self.containers.values():
            running, by_hand = container.state == RUNNING, container.stopped_by_hand
            if running:
                container.state, container.exit_code = EXITED, 255
            if container.policy == "always" or (container.policy == "unless-stopped" and not by_hand):
                self.start(container)

    def answer(self, call: Call) -> Answer:
        words, options = parse(call.argv[1:])
        work = self.groups.get(words[0]) or getattr(self, "_" + "_".join(words[: 2 if words[0] in GROUPS else 1]), None)
        if work is None:
            return Answer(1, err=f"docker: unknown command: {' '.join(words)}\n".encode())
        try:
            found = work(call, words[2 if words[0] in GROUPS else 1 :], options)
        except NotDone as refused:
            return _refused(str(refused))
        return found if isinstance(found, Answer) else Answer(out=found.encode())

    def _needed(self, names: list[str]) -> list[Container]:
        found = [self.find(name) for name in names]
        missing = [name for name, one in zip(names, found, strict=True) if one is None]
        if missing:
            raise NotDone(f"No such container: {missing[0]}")
        return [one for one in found if one is not None]

    def _version(self, _call: Call, _words: list[str], _options: Any) -> str:
        return f"{self.version}\n"

    def _info(self, _call: Call, _words: list[str], _options: Any) -> str:
        return f"{self.root}\n"

    def _ps(self, _call: Call, _words: list[str], options: dict[str, list[str]]) -> str:
        kept = [one for one in reversed(self.containers.values()) if "--all" in options or one.state == RUNNING]
        for wanted in options.get("--filter", []):
            kind, _equals, value = wanted.partition("=")
            if kind == "label":
                kept = [one for one in kept if _labelled(one.labels, value)]
            else:
                kept = [one for one in kept if value in one.mounts.values()]
        form = options.get("--format", ["{{.ID}}"])[0]
        return "".join(formatted(form, one.listed()) + "\n" for one in kept)

    def _inspect(self, _call: Call, words: list[str], options: dict[str, list[str]]) -> Answer:
        kind = options.get("--type", [""])[0]
        found, missing = [], []
        for name in words:
            one: Any = self.image(name) if kind == "image" else self.networks.get(name) and _network(self.networks, name)
            one = one if kind in ("image", "network") else self.find(name)
            (found if one else missing).append(one or name)
        said = [one if isinstance(one, dict) else one.inspected() for one in found]
        out = _shown(said, options)
        err = "".join(f"Error: No such {kind or 'object'}: {name}\n" for name in missing)
        return Answer(1 if missing else 0, out.encode(), err.encode())

    def _start(self, _call: Call, words: list[str], _options: Any) -> str:
        for container in self._needed(words):
            self.start(container)
        return "".join(f"{name}\n" for name in words)

    def _stop(self, _call: Call, words: list[str], _options: Any) -> str:
        for container in self._needed(words):
            self.stop(container)
        return "".join(f"{name}\n" for name in words)

    def _rm(self, _call: Call, words: list[str], _options: Any) -> str:
        for container in self._needed(words):
            self.remove(container)
        return "".join(f"{name}\n" for name in words)

    def _update(self, _call: Call, words: list[str], options: dict[str, list[str]]) -> str:
        for container in self._needed(words):
            self.point(f"docker: updating {container.service or container.name}")
            container.policy = options.get("--restart", [container.policy])[0]
            container.memory = int(options.get("--memory", [container.memory])[0])
            container.swap = int(options.get("--memory-swap", [container.swap])[0])
        return "".join(f"{name}\n" for name in words)

    def _logs(self, _call: Call, words: list[str], _options: Any) -> str:
        self._needed(words)
        return ""

    def _volume_create(self, _call: Call, words: list[str], options: dict[str, list[str]]) -> str:
        self.make_volume(words[0], dict(label.split("=", 1) for label in options.get("--label", [])))
        return f"{words[0]}\n"

    def _volume_inspect(self, _call: Call, words: list[str], _options: Any) -> str:
        if words[0] not in self.volumes:
            raise NotDone(f"get {words[0]}: no such volume")
        return f"{self.folder(words[0])}\n"

    def _volume_ls(self, _call: Call, _words: list[str], options: dict[str, list[str]]) -> str:
        wanted = [value.partition("=")[2] for value in options.get("--filter", [])]
        kept = [name for name, labels in self.volumes.items() if all(_labelled(labels, one) for one in wanted)]
        return "".join(f"{name}\n" for name in sorted(kept))

    def _volume_rm(self, _call: Call, words: list[str], options: dict[str, list[str]]) -> str:
        for name in words:
            if name not in self.volumes:
                if "--force" in options:
                    continue
                raise NotDone(f"get {name}: no such volume")
            if any(name in one.mounts.values() for one in self.containers.values()):
                raise NotDone(f"remove {name}: volume is in use")
            del self.volumes[name]
            shutil.rmtree(os.path.dirname(self.folder(name)))
        return "".join(f"{name}\n" for name in words)

    def _network_ls(self, _call: Call, _words: list[str], options: dict[str, list[str]]) -> str:
        wanted = [value.partition("=")[2] for value in options.get("--filter", [])]
        kept = [name for name, labels in self.networks.items() if all(_labelled(labels, one) for one in wanted)]
        return "".join(f"{name}\n" for name in kept)

    def _network_rm(self, _call: Call, words: list[str], _options: Any) -> str:
        for name in words:
            self.networks.pop(name, None)
        return ""

    def _image_inspect(self, _call: Call, words: list[str], options: dict[str, list[str]]) -> Answer:
        found = [self.image(name) for name in words]
        missing = [f"Error response from daemon: No such image: {name}\n" for name in words if not self.image(name)]
        out = _shown([one.inspected() for one in found if one], options)
        return Answer(1 if missing else 0, out.encode(), "".join(missing).encode())

    def _image_ls(self, _call: Call, _words: list[str], options: dict[str, list[str]]) -> str:
        wanted = options["--filter"][0].partition("reference=")[2]
        return "".join(f"{name}\n" for name in self.images if name.rpartition(":")[0] == wanted)

    def _image_rm(self, _call: Call, words: list[str], _options: Any) -> str:
        if words[0] not in self.images:
            raise NotDone(f"No such image: {words[0]}")
        if any(one.image is self.images[words[0]] for one in self.containers.values()):
            raise NotDone(f"conflict: unable to remove repository reference {words[0]}")
        del self.images[words[0]]
        return f"Untagged: {words[0]}\n"

    def _pull(self, _call: Call, words: list[str], _options: Any) -> str:
        if words[0] not in self.available:
            raise NotDone(f"manifest for {words[0]} not found")
        self.images[words[0]] = self.available[words[0]]
        return f"{words[0]}\n"

    def _run(self, call: Call, words: list[str], options: dict[str, list[str]]) -> Answer | str:
        image = self.image(words[0])
        if image is None:
            raise NotDone(f"Unable to find image '{words[0]}' locally")
        if "--detach" in options:
            mounts = dict(reversed(one.split(":")[:2]) for one in options.get("--volume", []))
            env = dict(pair.split("=", 1) for pair in options.get("--env", []))
            made = self.create(options["--name"][0], image, words[0], mounts=mounts, env=env)
            self.start(made)
            return f"{made.id}\n"
        program = options["--entrypoint"][0]
        once = Container("0" * 64, "once", image, words[0], state=RUNNING)
        return self.inside[program](once, Call([program, *words[1:], *options.get("-c", [])], {}, call.cwd)).end()


GROUPS = ("volume", "image", "network")


def parse(argv: Any) -> tuple[list[str], dict[str, list[str]]]:
    """Words and options of a command line."""
    words: list[str] = []
    options: dict[str, list[str]] = {}
    given = iter(argv)
    for word in given:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            words.append(word)
        elif name in VALUES:
            options.setdefault(name, []).append(value if equals else next(given))
        else:
            options.setdefault(word, [])
    return words, options


def _first(argv: Any, start: int) -> int:
    """Where the first word is that is no option."""
    place = start
    while argv[place].startswith("-"):
        place += 2 if argv[place] in VALUES else 1
    return place


def _labelled(labels: dict[str, str], wanted: str) -> bool:
    name, equals, value = wanted.partition("=")
    return name in labels and (not equals or labels[name] == value)


def _network(networks: dict[str, dict[str, str]], name: str) -> dict[str, Any]:
    return {"Id": name, "Name": name, "Labels": networks[name], "Containers": {}}


def _shown(said: list[dict[str, Any]], options: dict[str, list[str]]) -> str:
    if "--format" in options:
        return "".join(formatted(options["--format"][0], one) + "\n" for one in said)
    return json.dumps(said) + "\n"


def _refused(said: str) -> Answer:
    return Answer(1, err=f"Error response from daemon: {said}\n".encode())
