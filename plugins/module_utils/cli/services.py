# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers about containers: up, down, restart, logs, ps, pull, build, watch."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ansible_collections.photosync.vps.plugins.module_utils.cli.output import say, say_json, tell
from ansible_collections.photosync.vps.plugins.module_utils.common.process import handles, run
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, load, path_of

if TYPE_CHECKING:
    from ansible_collections.photosync.vps.plugins.module_utils.deploy.images import Images


class UnknownService(Exception):
    """Somebody names a service that the deployed release has not."""

    exit_code = 2


class NotInProduction(Exception):
    """Somebody asks a stack that serves for what only development has."""

    exit_code = 2


def up(stack: str, asked: argparse.Namespace) -> int:
    """Start databases first, then the rest, then wait for health."""
    from ansible_collections.photosync.vps.plugins.module_utils.cli import health
    from ansible_collections.photosync.vps.plugins.module_utils.deploy import converge
    from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

    spec = _spec(stack, asked.service)
    with unfinished.starting(spec, f"{stack} up", tell=tell):
        done = converge.up(spec, asked.service, on_progress=tell)
    for name in done.databases:
        tell(f"Database {name}  Set")
    return health.gate(spec, asked.timeout)


def down(stack: str, asked: argparse.Namespace) -> int:
    """Remove the containers; volumes stay."""
    return _call(_spec(stack), "down")


def restart(stack: str, asked: argparse.Namespace) -> int:
    """Restart containers as they are; a job runs again only when it is named."""
    from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

    spec = _spec(stack, asked.service)
    names = asked.service or [service.name for service in spec.services if not service.job]
    with unfinished.starting(spec, f"{stack} restart", tell=tell):
        return _call(spec, "restart", *names)


def pull(stack: str, asked: argparse.Namespace) -> int:
    """Fetch images; those that are built are not fetched."""
    from ansible_collections.photosync.vps.plugins.module_utils.deploy import images

    spec = _spec(stack, asked.service)
    return _told(images.pull(spec, compose.folder(spec), asked.service, on_progress=tell))


def build(stack: str, asked: argparse.Namespace) -> int:
    """Build images anew; what has not changed comes from BuildKit's cache."""
    from ansible_collections.photosync.vps.plugins.module_utils.deploy import images

    spec = _spec(stack, asked.service)
    return _told(images.rebuild(spec, compose.folder(spec), asked.service, on_progress=tell))


def logs(stack: str, asked: argparse.Namespace) -> int:
    """Become ``docker compose logs``."""
    follow = ["--follow"] if asked.follow else []
    return _become(_spec(stack, asked.service), "logs", "--tail", asked.tail, *follow, *asked.service)


def watch(stack: str, asked: argparse.Namespace) -> int:
    """Become ``docker compose watch``, which first builds what changed while nobody watched."""
    from ansible_collections.photosync.vps.plugins.module_utils.building import private
    from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

    spec = _spec(stack, asked.service)
    if spec.mode != "development":
        raise NotInProduction(
            f"{stack} runs in production, with images of a pinned version: there is no source to watch; "
            "set stack_mode: development to work on it"
        )
    unfinished.refuse(stack, spec.state_dir, "watch would start services on half of their data")
    # Compose 2.26 watches with environment files left in its services, of which it has had the containers made without:
    # it would replace every container that has one, and the next "up" again. Handed its own result it finds none.
    argv = compose.argv("config", "--format", "json")
    whole = run(argv, cwd=compose.folder(spec), env=compose.environment(spec), timeout=60)
    hidden = private.read(compose.folder(spec), spec.ca_bundle)
    source = os.memfd_create("compose")
    os.write(source, json.dumps(hidden.for_compose(json.loads(whole.stdout))).encode())
    os.lseek(source, 0, os.SEEK_SET)
    os.dup2(source, 0)
    os.environ.update(hidden.environment())
    place = ["--file", "-", "--project-directory", compose.folder(spec)]
    return _become(spec, *place, "watch", *asked.service)


def ps(stack: str, asked: argparse.Namespace) -> int:
    """Become ``docker compose ps``, or print its containers as one array whatever this Compose prints."""
    spec = _spec(stack)
    if not asked.json:
        return _become(spec, "ps", "--all")
    say_json(compose.ps(spec))
    return 0


def _spec(stack: str, services: Sequence[str] = ()) -> Spec:
    """The deployed release; raises UnknownService before anything is done."""
    spec = load(path_of(stack))
    known = sorted(service.name for service in spec.services)
    unknown = [name for name in services if name not in known]
    if unknown:
        raise UnknownService("no service {0} here; there are: {1}".format(", ".join(unknown), ", ".join(known)))
    return spec


def _told(images: Images) -> int:
    for provided in images.services:
        say(provided.line())
    return 0


def _call(spec: Spec, *arguments: str) -> int:
    done = subprocess.run(
        compose.argv(*arguments),
        cwd=compose.folder(spec),
        env=dict(os.environ, **compose.environment(spec)),
        pass_fds=handles(),
        check=False,
    )
    return 1 if done.returncode else 0


def _become(spec: Spec, *arguments: str) -> int:
    command = compose.argv(*arguments)
    os.chdir(compose.folder(spec))
    os.environ.update(compose.environment(spec))
    os.execvp(command[0], command)
