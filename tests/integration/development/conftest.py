# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One host with a part of photo-sync that goes from production to development and back."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from integration.development.picture import Picture
from support import source
from support.playbook import ROOT, Run
from support.throwaway import Machine, image, machine

HERE = ROOT / "tests" / "integration" / "development"
IMAGES = ROOT / "tests" / "images"
INVENTORY = ROOT / "inventories" / "development" / "group_vars" / "photosync" / "main.yml"
LEFT_OUT = [
    "api-gateway",
    "dedup-service",
    "immich-server",
    "immich-machine-learning",
    "immich-postgres",
    "immich-redis",
]

STACK: dict[str, Any] = {
    "stack_domain": "photo-sync.localhost",
    "stack_tls": "internal",
    "docker_source": "distribution",
    "docker_daemon_options": {"insecure-registries": ["depot.test:5000"]},
    "stack_source_repo": source.REPOSITORY,
    "catalogue_services": [{"name": name, "enabled": False} for name in LEFT_OUT],
}
PRODUCTION = {"backup_repository": "/srv/backup", "backup_accept_local_only": True, "backup_key_escrowed": True}
DEVELOPMENT = yaml.safe_load(INVENTORY.read_text(encoding="utf-8"))


class Host:
    """The host, the inventory of either mode, and what it looks like."""

    def __init__(self, vps: Machine, version: str):
        self.vps = vps
        self.version = version

    def play(self, mode: dict[str, Any]) -> Run:
        """Run the site playbook as the inventory of one mode says."""
        done = self.vps.play("site", {"stack_source_version": self.version, **mode})
        assert done.rc == 0, done.output
        return done

    def picture(self) -> Picture:
        """All that a mode decides."""
        return Picture.of(self.vps)

    def get(self, url: str) -> str:
        """What a URL answers on the host itself."""
        return self.vps.sh(f"curl -fsSk --retry 5 --retry-connrefused {url}")


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
    """A bare host, and the sources of the two services that are built."""
    services = [
        {"name": "caddy", "image": image("caddy"), "depends_on": ["web-ui"]},
        {"name": "custom-postgres", "image": image("postgres")},
        {"name": "custom-redis", "image": image("valkey")},
    ]
    bases = {"node:20-alpine": image("base"), "python:3.11-slim": image("base"), "nginx:alpine": image("nginx")}
    variables = {
        **STACK,
        "catalogue_services": STACK["catalogue_services"] + services,
        "stack_build": {"base_images": bases},
    }
    with machine("stacks-development", variables) as vps:
        vps.sh("mkdir -p /srv/photos /srv/backup")
        folders = {
            "services/web": HERE / "source" / "web",
            "services/grouping": IMAGES / "repository" / "services" / "grouping",
        }
        yield Host(vps, source.lay(vps, folders))


@pytest.fixture(scope="session")
def before(host: Host) -> Picture:
    """The host in production, where development has never been."""
    host.play(PRODUCTION)
    return host.picture()


@pytest.fixture(scope="session")
def development(host: Host, before: Picture) -> Picture:
    """The same host, switched to development."""
    host.play(DEVELOPMENT)
    return host.picture()


@pytest.fixture(scope="session")
def after(host: Host, development: Picture) -> Picture:
    """And back in production."""
    host.play(PRODUCTION)
    return host.picture()
