# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Makes the checkout importable as the collection it is; and a stack and a point of it, as small as they can be."""

import os
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

COLLECTIONS = pathlib.Path(__file__).resolve().parents[2] / ".venv" / "collections"
sys.path.insert(0, str(COLLECTIONS))
# No test here may need an engine, so that none finds the one of the machine that it runs on.
os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"


@pytest.fixture
def spec() -> Any:
    """A stack with two databases on one server and one volume of files."""
    from support.specs import make_spec

    return make_spec(
        "photo-sync",
        "/var/lib/photo-sync",
        databases=[
            {"service": "custom-postgres", "engine": "postgresql", "user": "postgres", "names": ["grouping", "dedup"]}
        ],
        volumes=[
            {"name": "uploads", "docker_name": "photo-sync_uploads", "services": ["immich"], "backup": "files"},
            {
                "name": "pgdata",
                "docker_name": "photo-sync_pgdata",
                "services": ["custom-postgres"],
                "backup": "database",
            },
            {"name": "cache", "docker_name": "photo-sync_cache", "services": ["immich"], "backup": "rebuildable"},
        ],
    )


@pytest.fixture
def world(tmp_path: pathlib.Path) -> Iterator[Any]:
    """A host on the fakes of restic, Docker and PostgreSQL, with its stack deployed."""
    from support.fakes.world import World

    with World(tmp_path) as world:
        world.deploy()
        yield world


@pytest.fixture
def manifest() -> dict[str, Any]:
    """The manifest of a complete point of that stack."""
    return {
        "schema": 1,
        "id": "20261123T030000Z-3f9a",
        "time": "2026-11-23T04:00:00+01:00",
        "host": "web1",
        "stack": "photo-sync",
        "mode": "production",
        "collection_version": "0.1.0",
        "tools": {"restic": "0.18.0", "docker": "26.1.5"},
        "databases": [_database("grouping", "a"), _database("dedup", "b")],
        "volumes": [
            {
                "name": "uploads",
                "docker_name": "photo-sync_uploads",
                "path": "/var/lib/docker/volumes/photo-sync_uploads/_data",
                "root": {"uid": 1000, "gid": 1000, "mode": 0o755},
                "files": 3,
                "bytes": 300,
                "snapshot": "c" * 64,
                "tree": "3" * 64,
            }
        ],
        "configuration": {"paths": ["/etc/photo-sync"], "snapshot": "c" * 64, "tree": "3" * 64},
        "images": {},
        "durations": {},
        "left_out": [],
    }


def _database(name: str, letter: str) -> dict[str, Any]:
    return {
        "service": "custom-postgres",
        "database": name,
        "server_version": "17.6",
        "owner": "postgres",
        "encoding": "UTF8",
        "collate": "C.UTF-8",
        "ctype": "C.UTF-8",
        "settings": [],
        "extensions": {"plpgsql": "1.0"},
        "tables": {"public.groups": {"rows": 5, "digest": "12"}},
        "snapshot": letter * 64,
        "tree": {"a": "1", "b": "2"}[letter] * 64,
        "file": f"custom-postgres.{name}.dump",
        "bytes": 1000,
    }


@pytest.fixture
def snapshots(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """What restic lists for that point."""
    point = f"point={manifest['id']}"
    parts = [("a", "1", "database"), ("b", "2", "database"), ("c", "3", "files")]
    listed = [
        {
            "id": letter * 64,
            "tree": tree * 64,
            "hostname": "web1",
            "tags": ["stack=photo-sync", point, f"part={part}"],
            "summary": {"total_bytes_processed": 100},
        }
        for letter, tree, part in parts
    ]
    tags = ["stack=photo-sync", point, "part=manifest"] + [f"tree={tree * 16}" for tree in "123"]
    return [*listed, {"id": "d" * 64, "tree": "4" * 64, "hostname": "web1", "tags": tags}]
