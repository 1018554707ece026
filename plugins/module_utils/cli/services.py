# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers about containers: up, down, restart, logs, ps, pull, build, watch."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.photosync.vps.plugins.module_utils.cli.output import say, say_json, tell
from ansible_collections.photosync.vps.plugins.module_utils.common.process import handles, run
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import load, path_of

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

    document = _document(stack, asked.service)
    with unfinished.starting(document, f"{stack} up", tell=tell):
        done = converge.up(document, asked.service, on_progress=tell)
    for name in done.databases:
        tell(f"Database {name}  Set")
    return health.gate(document, asked.timeout)


def down(stack: str, asked: argparse.Namespace) -> int:
    """Remove the containers; volumes stay."""
    return _call(_document(stack), "down")


def restart(stack: str, asked: argparse.Namespace) -> int:
    """Restart containers as they are; a job runs again only when it is named."""
    from ansible_collections.photosync.vps.plugins.module_utils.deploy.converge import is_job
    from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

    document = _document(stack, asked.service)
    names = asked.service or [service["name"] for service in document["services"] if not is_job(service)]
    with unfinished.starting(document, f"{stack} restart", tell=tell):
        return _call(document, "restart", *names)


def pull(stack: str, asked: argparse.Namespace) -> int:
    """Fetch images; those that are built are not fetched."""
    from ansible_collections.photosync.vps.plugins.module_utils.deploy import images

    document = _document(stack, asked.service)
    return _told(images.pull(document, compose.folder(document), asked.service, on_progress=tell))


def build(stack: str, asked: argparse.Namespace) -> int:
    """Build images anew; what has not changed comes from BuildKit's cache."""
    from ansible_collections.photosync.vps.plugins.module_utils.deploy import images

    document = _document(stack, asked.service)
    return _told(images.rebuild(document, compose.folder(document), asked.service, on_progress=tell))


def logs(stack: str, asked: argparse.Namespace) -> int:
    """Become ``docker compose logs``."""
    follow = ["--follow"] if asked.follow else []
    return _become(_document(stack, asked.service), "logs", "--tail", asked.tail, *follow, *asked.service)


def watch(stack: str, asked: argparse.Namespace) -> int:
    """Become ``docker compose watch``, which first builds what changed while nobody watched."""
    from ansible_collections.photosync.vps.plugins.module_utils.building import private
    from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

    document = _document(stack, asked.service)
    if document["mode"] != "development":
        raise NotInProduction(
            f"{stack} runs in production, with images of a pinned version: there is no source to watch; "
            "set stack_mode: development to work on it"
        )
    unfinished.refuse(stack, document["state_dir"], "watch would start services on half of their data")
    # Compose 2.26 watches with environment files left in its services, of which it has had the containers made without:
    # it would replace every container that has one, and the next "up" again. Handed its own result it finds none.
    argv = compose.argv("config", "--format", "json")
    whole = run(argv, cwd=compose.folder(document), env=compose.environment(document), timeout=60)
    hidden = private.read(compose.folder(document), document["ca_bundle"])
    source = os.memfd_create("compose")
    os.write(source, json.dumps(hidden.for_compose(json.loads(whole.stdout))).encode())
    os.lseek(source, 0, os.SEEK_SET)
    os.dup2(source, 0)
    os.environ.update(hidden.environment())
    place = ["--file", "-", "--project-directory", compose.folder(document)]
    return _become(document, *place, "watch", *asked.service)


def ps(stack: str, asked: argparse.Namespace) -> int:
    """Become ``docker compose ps``, or print its containers as one array whatever this Compose prints."""
    document = _document(stack)
    if not asked.json:
        return _become(document, "ps", "--all")
    say_json(compose.ps(document))
    return 0


def _document(stack: str, services: Sequence[str] = ()) -> dict[str, Any]:
    """The deployed release; raises UnknownService before anything is done."""
    document = load(path_of(stack))
    known = sorted(service["name"] for service in document["services"])
    unknown = [name for name in services if name not in known]
    if unknown:
        raise UnknownService("no service {0} here; there are: {1}".format(", ".join(unknown), ", ".join(known)))
    return document


def _told(images: Images) -> int:
    for provided in images.services:
        say(provided.line())
    return 0


def _call(document: dict[str, Any], *arguments: str) -> int:
    done = subprocess.run(
        compose.argv(*arguments),
        cwd=compose.folder(document),
        env=dict(os.environ, **compose.environment(document)),
        pass_fds=handles(),
        check=False,
    )
    return 1 if done.returncode else 0


def _become(document: dict[str, Any], *arguments: str) -> int:
    command = compose.argv(*arguments)
    os.chdir(compose.folder(document))
    os.environ.update(compose.environment(document))
    os.execvp(command[0], command)
