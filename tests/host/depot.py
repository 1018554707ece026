#!/usr/bin/env python3
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The depot: what throwaway VPSs fetch where a real one would use the internet.

A container with an image registry (depot.test:5000, plain HTTP) that holds the stand-in images, and a git server
(git://depot.test/photo-sync) with the fixture's source. What it holds is written to .cache/host/depot.json.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import debian
import docker
import images
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.models.images import Image
from engine import DEPOT_NAME, LABELS, STATE, Problem, connect, gateway, locked, say

NAME = "photosync-depot"
RECORD = STATE / "depot.json"
PORTS = {"5000/tcp": 5000, "9418/tcp": 9418}
REGISTRY = "127.0.0.1:5000"
SERVED = "/srv/git"
HERE = Path(__file__).resolve().parent

# The commit must have the same hash on every machine, since inventories and tests may name it.
WHO = {
    "GIT_AUTHOR_NAME": "photosync.vps",
    "GIT_AUTHOR_EMAIL": "fixture@depot.test",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "photosync.vps",
    "GIT_COMMITTER_EMAIL": "fixture@depot.test",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def up(client: docker.DockerClient) -> dict[str, Any]:
    """Make the depot hold the present state of all stand-ins; return the record of what it holds."""
    with locked("depot"):
        system = debian.ensure(client)
        with ThreadPoolExecutor(1) as pool:
            registry = pool.submit(_start, client, system)
            digests = images.provide(client, registry)
        commit = _serve_source(client.containers.get(NAME))
        record: dict[str, Any] = {
            "registry": f"{DEPOT_NAME}:5000",
            "source": {"repo": f"git://{DEPOT_NAME}/photo-sync", "version": commit},
            "images": {name: f"{DEPOT_NAME}:5000/photosync/{name}:1" for name in digests},
            "digests": digests,
        }
        RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return record


def down(client: docker.DockerClient) -> None:
    """Remove the depot and all it holds."""
    try:
        client.containers.get(NAME).remove(force=True, v=True)
        client.volumes.get(NAME).remove()
    except NotFound:
        say("there is no depot")
    RECORD.unlink(missing_ok=True)


def _start(client: docker.DockerClient, system: Image) -> str:
    """Run the depot; return its registry's address once that answers."""
    container = _run(client, images.build(client, HERE / "depot", system))
    _wait_for_registry(container)
    return REGISTRY


def _run(client: docker.DockerClient, server: Image) -> Container:
    """Return the depot's container, running the present server."""
    where = gateway(client)
    try:
        container = client.containers.get(NAME)
        if container.image.id == server.id and container.labels.get("photosync.gateway") == where:
            container.start()
            return container
        container.remove(force=True)
    except NotFound:
        pass
    say("starting the depot")
    client.volumes.create(NAME, labels=LABELS)
    container = client.containers.create(
        server,
        name=NAME,
        hostname="depot",
        labels={**LABELS, "photosync.gateway": where},
        volumes=[f"{NAME}:/srv/registry"],
        # For this machine, and at its address on the containers' network, which stays when the depot is made anew.
        ports={inside: [("127.0.0.1", port), (where, port)] for inside, port in PORTS.items()},
    )
    try:
        container.start()
    except APIError as error:
        container.remove(force=True)
        raise Problem(f"the depot cannot have ports {sorted(PORTS.values())}: {error.explanation}") from error
    return container


def _serve_source(container: Container) -> str:
    """Put the fixture's source into the git server as one commit; return its hash."""
    with tempfile.TemporaryDirectory() as folder:
        tree, bare = Path(folder, "tree"), Path(folder, "photo-sync")
        with tarfile.open(fileobj=io.BytesIO(images.pack(images.FOLDER / "repository"))) as archive:
            archive.extractall(tree, filter="data")
        _git("init", "--quiet", "--initial-branch=main", str(tree))
        _git("-C", str(tree), "add", "--all")
        _git("-C", str(tree), "commit", "--quiet", "--message=The fixture's services")
        _git("clone", "--quiet", "--bare", str(tree), str(bare))
        # As GitHub does: a shallow fetch may name any commit.
        _git("-C", str(bare), "config", "uploadpack.allowAnySHA1InWant", "true")
        commit = _git("-C", str(bare), "rev-parse", "main").strip()
        served = container.exec_run(["git", "-C", f"{SERVED}/photo-sync", "rev-parse", "main"])
        if served.output.decode().strip() != commit:
            container.exec_run(["rm", "-rf", f"{SERVED}/photo-sync"])
            container.put_archive(SERVED, images.pack(bare, bare.name))
        return commit


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], env={**os.environ, **WHO}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"git {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _wait_for_registry(container: Container) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            urllib.request.urlopen(f"http://{REGISTRY}/v2/", timeout=5)
            return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                tail = container.logs(tail=20).decode()
                raise Problem(f"the depot's registry does not answer: {error}\n{tail}") from error
        time.sleep(0.1)


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["up", "down"])
    client = connect()
    if parser.parse_args().command == "up":
        print(json.dumps(up(client), indent=2))
    else:
        down(client)


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(f"depot.py: {problem}")
