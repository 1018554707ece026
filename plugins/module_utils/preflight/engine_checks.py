# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the engine that is there, or the one that would be installed, will do."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.photosync.vps.plugins.module_utils.host.engine import COMPOSE, Engine, version_numbers
from ansible_collections.photosync.vps.plugins.module_utils.host.system import SUPPORTED
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Host, Problem, Request, problem

# Older builders refuse a build whose base image is named from outside its Dockerfile (BuildKit's named contexts).
OLDEST_ENGINE = "23.0"
# `docker compose pull --policy`.
OLDEST_COMPOSE = "2.22"
STRANGERS = {
    "snap": "a snap",
    "podman": "Podman's imitation of Docker",
    "unknown": "neither Docker's nor the distribution's packages",
}
ENGINE_PACKAGES = {"upstream": "docker-ce docker-ce-cli", "distribution": "docker.io"}


def check_engine_source(request: Request, host: Host) -> Iterator[Problem]:
    """An engine that is there is never swapped: it must do as it is."""
    engine = host.engine
    if engine.source in STRANGERS:
        yield problem(
            "docker_source",
            f"the docker command on the host comes from {STRANGERS[engine.source]};"
            " an engine that is there is never swapped",
            "remove it yourself, with what runs on it, and run again",
        )
    elif (engine.source or request.docker_source) == "distribution" and not _distribution_has_compose(host):
        yield _no_compose(engine, host)
    if engine.source == "distribution" and request.docker_source == "upstream" and not _is_version(engine, request):
        yield problem(
            "docker_version",
            f"version {request.docker_version} of Docker's own packages is asked for, but the distribution's"
            f" docker.io {engine.version} is installed; an engine that is there is never swapped",
            "leave docker_version empty, or remove docker.io yourself and run again",
        )


def check_engine_version(request: Request, host: Host) -> Iterator[Problem]:
    """Neither the engine nor Compose may be older than what the collection asks of them."""
    engine = host.engine
    kept = engine.source in ENGINE_PACKAGES and (engine.source == "upstream" or _distribution_has_compose(host))
    if _is_older(request.docker_version, OLDEST_ENGINE):
        yield problem(
            "docker_version",
            f"Docker {request.docker_version} is asked for; {_needs()}",
            "ask for a newer version, or leave docker_version empty",
        )
    elif kept and _is_older(engine.version, OLDEST_ENGINE) and not _is_replaced(request):
        yield problem(
            "docker_version",
            f"the host's Docker {engine.version} is too old: {_needs()}",
            f"update it: set docker_version, or apt-get install --only-upgrade {ENGINE_PACKAGES[engine.source]}",
        )
    if kept and _is_older(engine.compose_version, OLDEST_COMPOSE):
        yield problem(
            "docker_source",
            f"Docker Compose {engine.compose_version} on the host is older than {OLDEST_COMPOSE},"
            " which was the first that pulls only what is missing",
            f"update its package (apt-get install --only-upgrade {_compose_package(host)})",
        )


def check_engine_options(request: Request, host: Host) -> Iterator[Problem]:
    """What stands in daemon.json is kept, so it must be readable and fit."""
    if host.engine.config_error:
        yield problem(
            "docker_daemon_options",
            f"/etc/docker/daemon.json cannot be kept: {host.engine.config_error}",
            "repair or remove that file",
        )
    if host.engine.cgroup_driver not in ("", "systemd"):
        yield problem(
            "docker_daemon_options",
            f"/etc/docker/daemon.json asks for native.cgroupdriver={host.engine.cgroup_driver};"
            " the stack's limits need systemd",
            "remove that option from exec-opts in /etc/docker/daemon.json",
        )


def _needs() -> str:
    return f"builds whose base images are replaced (stack_build.base_images) need {OLDEST_ENGINE}"


def _is_older(version: str, oldest: str) -> bool:
    """Say whether a version is known, and below another one."""
    return bool(version) and version_numbers(version) < version_numbers(oldest)


def _is_replaced(request: Request) -> bool:
    """Say whether this play installs another version than the one that is there."""
    return bool(request.docker_source and request.docker_version)


def _distribution_has_compose(host: Host) -> bool:
    found = (host.distribution.get("id", ""), host.distribution.get("version", ""))
    return SUPPORTED.get(found, True) or bool(host.engine.compose_version)


def _no_compose(engine: Engine, host: Host) -> Problem:
    message = "{0}'s own packages bring no Docker Compose v2".format(host.distribution.get("name", ""))
    if engine.installed:
        return problem(
            "docker_source",
            message + ", and its docker.io is installed; an engine that is there is never swapped",
            "remove docker.io and containerd yourself, with what runs on them, and set docker_source: upstream",
        )
    return problem("docker_source", message, "set docker_source: upstream (Docker's own repository)")


def _compose_package(host: Host) -> str:
    return next((name for name in COMPOSE if name in host.packages), COMPOSE[0])


def _is_version(engine: Engine, request: Request) -> bool:
    wanted = version_numbers(request.docker_version)
    return version_numbers(engine.version)[: len(wanted)] == wanted
