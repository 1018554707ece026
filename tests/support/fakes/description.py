# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The small stack of a world, as JSON: one database server, one service with photos, and one that is saved cold.

``spec`` is the one place that makes of it what the engine takes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import CONFIG_LABEL
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, of

STACK, HOST = "world", "web1"
POSTGRES, WEB = "example/postgres:1", "example/web:1"
DATA = "/var/lib/postgresql/data"
# What a real server and a real service need to run, and to end soon.
SERVER = {
    "env_file": ["env/database.env"],
    "healthcheck": {
        "test": ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "postgres"],
        "interval": "10s",
        "start_period": "30s",
        "start_interval": "500ms",
    },
}
JOB = {"entrypoint": ["true"]}
OTHERS = {"entrypoint": ["sleep", "infinity"], "init": True}


def spec(document: dict[str, Any]) -> Spec:
    """A stack's description as the engine takes it."""
    return of(document)


def document(folders: Mapping[str, str], images: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """The description.

    :param folders: ``root``, ``state_dir`` and ``etc_dir``.
    :param images: other images than usual, by service.
    """
    found: dict[str, Any] = {
        "schema": 1,
        "stack": STACK,
        "mode": "production",
        "domain": "photos.example",
        "url": "https://photos.example",
        "slice": "",
        "source": None,
        "ca_bundle": "",
        "collection_version": "0.1.0",
        **folders,
        "entry_point": None,
        "bases": [],
        "services": [
            service("database", POSTGRES, images),
            service("web", WEB, images, ["database"], [{"server": "database", "name": "albums"}]),
            service("wiki", WEB, images),
        ],
        "databases": [{"service": "database", "engine": "postgresql", "user": "postgres", "names": ["albums"]}],
        "volumes": [
            {"name": "photos", "docker_name": f"{STACK}_photos", "services": ["web"], "backup": "files"},
            {"name": "pgdata", "docker_name": f"{STACK}_pgdata", "services": ["database"], "backup": "database"},
            {
                "name": "pages",
                "docker_name": f"{STACK}_pages",
                "services": ["wiki"],
                "backup": "cold",
                "writers": ["wiki"],
            },
        ],
        "left_out": [],
        "health_targets": [
            {"kind": "container", "name": name, "project": STACK, "service": name}
            for name in ("database", "web", "wiki")
        ],
    }
    return {**found, **more}


def service(
    name: str,
    image: str,
    images: Mapping[str, str] | None,
    depends_on: list[str] | None = None,
    databases: list[dict[str, str]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One service of the description; with more of it, its configuration is another."""
    image = (images or {}).get(name, image)
    return {
        "name": name,
        "image": image,
        "depends_on": depends_on or [],
        "databases": databases or [],
        "build": None,
        "migrates_data": False,
        "config": {"digest": hashlib.sha256(f"{name} {image}{more or ''}".encode()).hexdigest()[:12]},
        **more,
    }


def compose(described: Mapping[str, Any]) -> str:
    """The file of the Compose project: JSON, which is YAML too."""
    services: dict[str, Any] = {}
    for one in described["services"]:
        mounted = [volume for volume in described["volumes"] if one["name"] in volume["services"]]
        services[one["name"]] = {
            "image": one["image"],
            "restart": "no" if one.get("job") else "unless-stopped",
            "labels": {CONFIG_LABEL: one["config"]["digest"]},
            "depends_on": one["depends_on"],
            "volumes": [f"{volume['name']}:{_target(volume)}" for volume in mounted],
        }
        front = described["entry_point"]
        if front and front["service"] == one["name"]:
            services[one["name"]]["volumes"].append(f"{front['config_dir']}:/etc/caddy:ro")
        services[one["name"]].update(SERVER if one["name"] == "database" else JOB if one.get("job") else OTHERS)
    volumes = {volume["name"]: {"name": volume["docker_name"]} for volume in described["volumes"]}
    return json.dumps({"name": described["stack"], "services": services, "volumes": volumes}, indent=1)


def lay(described: Mapping[str, Any]) -> str:
    """Lay a release beside the one that serves; returns its name."""
    text = json.dumps(described, indent=1, sort_keys=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:12]
    folder = Path(Layout(described["root"]).release(name))
    (folder / "env").mkdir(parents=True, exist_ok=True)
    (folder / "stack.json").write_text(text)
    (folder / "compose.yaml").write_text(compose(described))
    (folder / ".env").write_text("COMPOSE_FILE=compose.yaml\n")
    (folder / "Caddyfile").write_text(described["domain"] + "\n" if described["entry_point"] else "")
    (folder / "env" / "database.env").write_text("POSTGRES_PASSWORD='for-a-test-alone'\n")
    return name


def serve(described: Mapping[str, Any], name: str) -> None:
    """Make a release the current one."""
    current = Layout(described["root"]).current
    if os.path.lexists(current):
        os.unlink(current)
    os.symlink(os.path.join("releases", name), current)


def settings(repository: str, password_file: str, **more: Any) -> dict[str, Any]:
    """The content of ``backup.json``."""
    return {"repository": repository, "password_file": password_file, "host": HOST, **more}


def _target(volume: Mapping[str, Any]) -> str:
    return DATA if volume["backup"] == "database" else f"/srv/{volume['name']}"
