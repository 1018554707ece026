# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bare VPS with an inventory of two services, and Docker's own package repository beside it."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from integration.docker.packages import Repository, Server, serving
from support import playbook, throwaway

HEALTHY = {"test": ["CMD", "true"]}
REGISTRY = "depot.test:5000"
DOMAIN = "docker.localhost"
OPTIONS = {"insecure-registries": [REGISTRY]}


def inventory() -> dict[str, Any]:
    """A Caddy and a page, from the depot."""
    return {
        "catalogue_photo_sync": False,
        "catalogue_services": [
            {
                "name": "caddy",
                "image": throwaway.image("caddy"),
                "entry_point": True,
                "ports": ["80:80", "443:443", "443:443/udp"],
                "volumes": ["{{ catalogue_settings.config }}/caddy:/etc/caddy:ro", "caddy_data:/data"],
                "backup": {"rebuildable": ["caddy_data"]},
                "healthcheck": HEALTHY,
            },
            {
                "name": "page",
                "image": throwaway.image("nginx"),
                "route": {"paths": ["*"], "port": 80, "probe": {"path": "/"}},
                "healthcheck": HEALTHY,
            },
        ],
        "stack_domain": DOMAIN,
        "stack_tls": "internal",
        "backup_enabled": False,
        "docker_daemon_options": OPTIONS,
    }


def serves(vps: throwaway.Machine) -> bool:
    """Whether the page is seen from outside; the certificate is the stack's own."""
    where = ["--resolve", f"{DOMAIN}:443:{vps.address}", f"https://{DOMAIN}/"]
    options = ["--silent", "--insecure", "--max-time", "20", "--write-out", "%{http_code}", "--output", "/dev/null"]
    return subprocess.run(["curl", *options, *where], capture_output=True, text=True, check=False).stdout == "200"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Docker's server of packages."""
    with serving() as running:
        yield running


@pytest.fixture(scope="session")
def repository(server: Server) -> Repository:
    """The repository as it should be, with versions 28.5.1 and 28.5.2."""
    return server.publish("good")


@pytest.fixture(scope="session")
def vps() -> Iterator[throwaway.Machine]:
    """A VPS that is bare until the fixture ``deployed``."""
    with throwaway.machine("docker-upstream", inventory(), bare=True) as machine:
        yield machine


@pytest.fixture(scope="session")
def deployed(vps: throwaway.Machine, repository: Repository) -> playbook.Run:
    """The first whole run, with the older of two versions."""
    return vps.play("site", {**repository.settings(), "docker_version": "28.5.1"})
