# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Building an image again after one changed line of its source, beside building it from nothing."""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from host import ROOT, BenchmarkError, Host
from measure import Finding, Row, in_turns, shown

sys.path.insert(0, str(ROOT / "tests"))

from integration.images.world import Site, world
from support import builders
from support.playbook import Run

BOUND = 5.0
REPETITIONS = 2
NAME = "bench-images"
FOLDER = "/srv/work"
# A file of each source, and how sed changes a line of it that gets into the image.
CHANGED = {
    "gateway": ("services/gateway/src/server.ts", "s/PORT || [0-9]*/PORT || {}/"),
    "web": ("services/web/src/greeting.js", 's/API is at.*"/API is at {}"/'),
    "grouping": ("services/grouping/src/status.py", "1s/$/  # {}/"),
}
# What services of these kinds are commonly made with, so that building from nothing costs what it does elsewhere.
PACKAGES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "gateway": (
        {"express": "4.21.2", "axios": "1.9.0", "ioredis": "5.6.1", "helmet": "8.1.0", "winston": "3.17.0"},
        {"jest": "29.7.0", "ts-jest": "29.3.4", "@types/express": "4.17.22", "eslint": "8.57.1", "supertest": "7.1.1"},
    ),
    "web": (
        {"react": "18.3.1", "react-dom": "18.3.1", "react-router-dom": "6.30.1"},
        {"@vitejs/plugin-react": "4.5.0", "vitest": "2.1.9", "eslint": "8.57.1", "typescript": "5.8.3"},
    ),
}
REQUIREMENTS = [
    "fastapi==0.116.1",
    "sqlalchemy==2.0.41",
    "asyncpg==0.30.0",
    "redis==6.2.0",
    "numpy==2.2.6",
    "pillow==11.2.1",
]
KINDS = {"gateway": "node-server", "web": "node-static", "grouping": "python"}
METHOD = """\
The collection's own Dockerfiles, production mode, so that the tests of the source are run as well; a repository of
little source and of the packages that such services commonly have, packages from an index on the VPS that asks the
real ones. Wall time of `photo-sync build SERVICE` over SSH. Ours: after one line of the source has changed. Rival:
with BuildKit's cache emptied before, base images kept."""


def measure(_host: Host, repetitions: int) -> Finding:
    """Build each kind of image both ways, on a VPS of its own."""
    with tempfile.TemporaryDirectory() as room, world(NAME, Path(room) / "tree") as site:
        print("provisioning another VPS, which builds", flush=True)
        _add_packages(site.tree / "services")
        _must(site.deploy("site"))
        site.lay_folder(FOLDER)
        _must(site.play("deploy", stack_source_path=FOLDER))
        numbers = itertools.count(3001)
        rows = [_row(service, site, numbers, repetitions) for service in CHANGED]
    return Finding(rows, METHOD, repetitions)


def _add_packages(services: Path) -> None:
    for name, (packages, development) in PACKAGES.items():
        builders.add_npm_packages(services / name, packages, development)
    with (services / "grouping" / "requirements.txt").open("a", encoding="utf-8") as stream:
        stream.write("".join(f"{requirement}\n" for requirement in REQUIREMENTS))


def _row(service: str, site: Site, numbers: Iterator[int], repetitions: int) -> Row:
    path, change = CHANGED[service]

    def cold() -> float:
        site.machine.sh("docker builder prune --all --force")
        return _seconds(lambda: site.machine.sh(f"photos build {service}"))

    def line() -> float:
        before = site.machine.sh(f"docker image inspect -f '{{{{.Id}}}}' {image}")
        site.machine.sh(f"sed -i '{change.format(next(numbers))}' {FOLDER}/{path}")
        seconds = _seconds(lambda: site.machine.sh(f"photos build {service}"))
        if site.machine.sh(f"docker image inspect -f '{{{{.Id}}}}' {image}") == before:
            raise BenchmarkError(f"{service} was not built anew")
        return seconds

    image = site.image(service)
    found = in_turns({"cold": cold, "one line": line}, repetitions)
    times = found["cold"] / found["one line"]
    return Row(
        what=f"Build after one changed line, {KINDS[service]}",
        ours=shown(found["one line"]),
        rival=f"{shown(found['cold'])}: the same from nothing",
        comparison=f"1/{times:.1f}",
        bound=f"at most 1/{BOUND:g}",
        holds=times >= BOUND,
    )


def _must(run: Run) -> None:
    if run.rc:
        raise BenchmarkError(run.output[-6000:])


def _seconds(build: Callable[[], object]) -> float:
    began = time.monotonic()
    build()
    return time.monotonic() - began
