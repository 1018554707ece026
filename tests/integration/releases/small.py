"""A small stack of stand-ins with everything that a deployment has to care for: a proxy, an application, a database."""

from __future__ import annotations

from typing import Any

from support import throwaway

QUICK = {"interval": "5s", "timeout": "3s", "retries": 3, "start_period": "30s"}
DOMAIN = "small.localhost"


def variables(*changed: dict[str, Any]) -> dict[str, Any]:
    """Variables of an inventory that deploys it; ``changed`` are entries that override its own."""
    return {
        "stack_name": "small",
        "stack_domain": DOMAIN,
        "stack_tls": "internal",
        "catalogue_photo_sync": False,
        "catalogue_services": services(*changed),
        "docker_source": "distribution",
        "docker_daemon_options": {"insecure-registries": ["depot.test:5000"]},
        "backup_enabled": False,
        "stack_health_timeout": 60,
    }


def services(*changed: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries: a proxy in front of a web server, and a database that the web server waits for."""
    found = {entry["name"]: entry for entry in _entries()}
    for entry in changed:
        found[entry["name"]] = {**found.get(entry["name"], {}), **entry}
    return [entry for entry in found.values() if entry.get("enabled", True)]


def _entries() -> list[dict[str, Any]]:
    return [
        {
            "name": "caddy",
            "image": throwaway.image("caddy"),
            "entry_point": True,
            "ports": ["80:80", "443:443"],
            "volumes": ["{{ catalogue_settings.config }}/caddy:/etc/caddy:ro", "caddy_data:/data"],
            "healthcheck": {"test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:2019/config/"], **QUICK},
            "depends_on": ["web"],
            "backup": {"volumes": ["caddy_data"]},
        },
        {
            "name": "web",
            "image": throwaway.image("nginx"),
            "environment": {"COLOUR": "blue"},
            "healthcheck": {"test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:80/"], **QUICK},
            "depends_on": ["database"],
            "route": {"paths": ["*"], "port": 80, "probe": {"path": "/"}},
        },
        {
            "name": "database",
            "image": throwaway.image("postgres"),
            "environment": {"POSTGRES_PASSWORD": "{{ catalogue_settings.secrets.database_password }}"},
            "secrets": ["database_password"],
            "volumes": ["pgdata:/var/lib/postgresql/data"],
            "database_server": {"engine": "postgresql", "user": "postgres"},
            "healthcheck": {"test": ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "postgres"], **QUICK},
        },
    ]
