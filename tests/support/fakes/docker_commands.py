# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each ``docker`` command of the engine's does and prints."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from typing import Any

from support.fakes.commands import Answer, Call, Commands, Session, Whole
from support.fakes.container import RUNNING, Container, formatted
from support.fakes.docker import Docker
from support.fakes.docker_arguments import Options, first, parse

GROUPS = ("volume", "image", "network")


class NotDone(Exception):
    """The engine does not do it, and says why."""


class DockerCommands:
    """The commands. A method is called like its command, ``_volume_ls`` like ``docker volume ls``."""

    def __init__(self, commands: Commands, docker: Docker):
        self._docker = docker
        self.groups: dict[str, Callable[[Call, list[str], Options], Answer | str]] = {}
        commands.programs["docker"] = self.open

    def open(self, call: Call) -> Session:
        """Start a command: ``docker exec`` as what it runs, anything else as a whole."""
        words, options = parse(call.argv[1:])
        if words[0] != "exec":
            return Whole(call, self.answer)
        container = self._docker.find(call.argv[first(call.argv, 2)])
        argv = call.argv[first(call.argv, 2) + 1 :]
        if container is None or container.state != RUNNING:
            said = f"container {words[1]} is not running" if container else f"No such container: {words[1]}"
            return Whole(call, lambda _call: _refused(said))
        env = dict(pair.split("=", 1) for pair in options.get("--env", []))
        inside = self._docker.inside.get(argv[0])
        if inside is None:
            return Whole(call, lambda _call: Answer(127, err=f"exec: {argv[0]}: not found\n".encode()))
        return inside(container, Call(argv, env, call.cwd))

    def answer(self, call: Call) -> Answer:
        """Run one command to its end."""
        words, options = parse(call.argv[1:])
        work = self.groups.get(words[0]) or getattr(self, "_" + "_".join(words[: 2 if words[0] in GROUPS else 1]), None)
        if work is None:
            return Answer(1, err=f"docker: unknown command: {' '.join(words)}\n".encode())
        try:
            found = work(call, words[2 if words[0] in GROUPS else 1 :], options)
        except NotDone as refused:
            return _refused(str(refused))
        return found if isinstance(found, Answer) else Answer(out=found.encode())

    def _version(self, _call: Call, _words: list[str], _options: Any) -> str:
        return f"{self._docker.version}\n"

    def _info(self, _call: Call, _words: list[str], _options: Any) -> str:
        return f"{self._docker.root}\n"

    def _ps(self, _call: Call, _words: list[str], options: Options) -> str:
        kept = [one for one in reversed(self._docker.containers.values()) if "--all" in options or one.state == RUNNING]
        for wanted in options.get("--filter", []):
            kind, _equals, value = wanted.partition("=")
            if kind == "label":
                kept = [one for one in kept if _labelled(one.labels, value)]
            else:
                kept = [one for one in kept if value in one.mounts.values()]
        form = options.get("--format", ["{{.ID}}"])[0]
        return "".join(formatted(form, one.listed()) + "\n" for one in kept)

    def _inspect(self, _call: Call, words: list[str], options: Options) -> Answer:
        kind = options.get("--type", [""])[0]
        found, missing = [], []
        for name in words:
            one = self._known(kind, name)
            if one is None:
                missing.append(name)
            else:
                found.append(one)
        out = _shown(found, options)
        err = "".join(f"Error: No such {kind or 'object'}: {name}\n" for name in missing)
        return Answer(1 if missing else 0, out.encode(), err.encode())

    def _known(self, kind: str, name: str) -> dict[str, Any] | None:
        """What the engine says of a thing of this kind; None where there is none."""
        if kind == "network":
            labels = self._docker.networks.get(name)
            return labels and {"Id": name, "Name": name, "Labels": labels, "Containers": {}}
        found = self._docker.image(name) if kind == "image" else self._docker.find(name)
        return found.inspected() if found else None

    def _start(self, _call: Call, words: list[str], _options: Any) -> str:
        for container in self._needed(words):
            self._docker.start(container)
        return "".join(f"{name}\n" for name in words)

    def _stop(self, _call: Call, words: list[str], _options: Any) -> str:
        for container in self._needed(words):
            self._docker.stop(container)
        return "".join(f"{name}\n" for name in words)

    def _rm(self, _call: Call, words: list[str], _options: Any) -> str:
        for container in self._needed(words):
            self._docker.remove(container)
        return "".join(f"{name}\n" for name in words)

    def _update(self, _call: Call, words: list[str], options: Options) -> str:
        for container in self._needed(words):
            self._docker.point(f"docker: updating {container.service or container.name}")
            container.policy = options.get("--restart", [container.policy])[0]
            container.memory = int(options.get("--memory", [container.memory])[0])
            container.swap = int(options.get("--memory-swap", [container.swap])[0])
        return "".join(f"{name}\n" for name in words)

    def _logs(self, _call: Call, words: list[str], _options: Any) -> str:
        self._needed(words)
        return ""

    def _volume_create(self, _call: Call, words: list[str], options: Options) -> str:
        self._docker.make_volume(words[0], dict(label.split("=", 1) for label in options.get("--label", [])))
        return f"{words[0]}\n"

    def _volume_inspect(self, _call: Call, words: list[str], _options: Any) -> str:
        if words[0] not in self._docker.volumes:
            raise NotDone(f"get {words[0]}: no such volume")
        return f"{self._docker.folder(words[0])}\n"

    def _volume_ls(self, _call: Call, _words: list[str], options: Options) -> str:
        wanted = [value.partition("=")[2] for value in options.get("--filter", [])]
        kept = [name for name, labels in self._docker.volumes.items() if all(_labelled(labels, one) for one in wanted)]
        return "".join(f"{name}\n" for name in sorted(kept))

    def _volume_rm(self, _call: Call, words: list[str], options: Options) -> str:
        for name in words:
            if name not in self._docker.volumes:
                if "--force" in options:
                    continue
                raise NotDone(f"get {name}: no such volume")
            if any(name in one.mounts.values() for one in self._docker.containers.values()):
                raise NotDone(f"remove {name}: volume is in use")
            del self._docker.volumes[name]
            shutil.rmtree(os.path.dirname(self._docker.folder(name)))
        return "".join(f"{name}\n" for name in words)

    def _network_ls(self, _call: Call, _words: list[str], options: Options) -> str:
        wanted = [value.partition("=")[2] for value in options.get("--filter", [])]
        kept = [name for name, labels in self._docker.networks.items() if all(_labelled(labels, one) for one in wanted)]
        return "".join(f"{name}\n" for name in kept)

    def _network_rm(self, _call: Call, words: list[str], _options: Any) -> str:
        for name in words:
            self._docker.networks.pop(name, None)
        return ""

    def _image_inspect(self, _call: Call, words: list[str], options: Options) -> Answer:
        found = [self._docker.image(name) for name in words]
        missing = [
            f"Error response from daemon: No such image: {name}\n" for name in words if not self._docker.image(name)
        ]
        out = _shown([one.inspected() for one in found if one], options)
        return Answer(1 if missing else 0, out.encode(), "".join(missing).encode())

    def _image_ls(self, _call: Call, _words: list[str], options: Options) -> str:
        wanted = options["--filter"][0].partition("reference=")[2]
        return "".join(f"{name}\n" for name in self._docker.images if name.rpartition(":")[0] == wanted)

    def _image_rm(self, _call: Call, words: list[str], _options: Any) -> str:
        if words[0] not in self._docker.images:
            raise NotDone(f"No such image: {words[0]}")
        if any(one.image is self._docker.images[words[0]] for one in self._docker.containers.values()):
            raise NotDone(f"conflict: unable to remove repository reference {words[0]}")
        del self._docker.images[words[0]]
        return f"Untagged: {words[0]}\n"

    def _pull(self, _call: Call, words: list[str], _options: Any) -> str:
        if words[0] not in self._docker.available:
            raise NotDone(f"manifest for {words[0]} not found")
        self._docker.images[words[0]] = self._docker.available[words[0]]
        return f"{words[0]}\n"

    def _run(self, call: Call, words: list[str], options: Options) -> Answer | str:
        image = self._docker.image(words[0])
        if image is None:
            raise NotDone(f"Unable to find image '{words[0]}' locally")
        mounts = {target: source for source, target in (one.split(":")[:2] for one in options.get("--volume", []))}
        if "--detach" in options:
            env = dict(pair.split("=", 1) for pair in options.get("--env", []))
            made = self._docker.create(options["--name"][0], image, words[0], mounts=mounts, env=env)
            self._docker.start(made)
            return f"{made.id}\n"
        program = options["--entrypoint"][0]
        once = Container("0" * 64, "once", image, words[0], state=RUNNING, mounts=mounts)
        given = [program, *call.argv[list(call.argv).index(words[0]) + 1 :]]
        return self._docker.inside[program](once, Call(given, {}, call.cwd)).end()

    def _needed(self, names: list[str]) -> list[Container]:
        found = [self._docker.find(name) for name in names]
        missing = [name for name, one in zip(names, found, strict=True) if one is None]
        if missing:
            raise NotDone(f"No such container: {missing[0]}")
        return [one for one in found if one is not None]


def _labelled(labels: dict[str, str], wanted: str) -> bool:
    name, equals, value = wanted.partition("=")
    return name in labels and (not equals or labels[name] == value)


def _shown(said: list[dict[str, Any]], options: Options) -> str:
    if "--format" in options:
        return "".join(formatted(options["--format"][0], one) + "\n" for one in said)
    return json.dumps(said) + "\n"


def _refused(said: str) -> Answer:
    return Answer(1, err=f"Error response from daemon: {said}\n".encode())
