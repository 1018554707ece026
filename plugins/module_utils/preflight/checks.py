# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a stack asks of its host, and every reason why this host cannot give it.

A problem is a dict with ``setting`` (what to change in the inventory), ``service`` (or None), ``message`` and ``fix``:
the same shape as the catalogue's own problems.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Mapping, Optional, Sequence

from ansible_collections.photosync.vps.plugins.module_utils import table
from ansible_collections.photosync.vps.plugins.module_utils.preflight.engine import COMPOSE, Engine, version_numbers
from ansible_collections.photosync.vps.plugins.module_utils.preflight.sockets import Listener, Port, overlaps
from ansible_collections.photosync.vps.plugins.module_utils.preflight.system import SUPPORTED

OLDEST_COMPOSE = "2.21"
MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE

Problem = Dict[str, Optional[str]]


@dataclass(frozen=True)
class Request:
    """What the inventory wants of the host."""

    stack: str
    ports: Sequence[Port] = field(default_factory=tuple)
    media_path: str = ""
    media_services: Sequence[str] = field(default_factory=tuple)
    reservations: Mapping[str, int] = field(default_factory=dict)
    minimums: Mapping[str, int] = field(default_factory=dict)
    memory_reserve: int = 0
    docker_source: str = ""
    docker_version: str = ""
    free_disk: int = 0
    acme_ca_root: str = ""


@dataclass(frozen=True)
class Host:
    """What was read on the host."""

    uid: int = 0
    systemd: bool = True
    distribution: Mapping[str, str] = field(default_factory=dict)
    architecture: str = ""
    cpus: int = 1
    memory_bytes: int = 0
    packages: Mapping[str, str] = field(default_factory=dict)
    engine: Engine = field(default_factory=Engine)
    listeners: Sequence[Listener] = field(default_factory=tuple)
    media: str = "directory"
    shadowed: str = ""
    disk_path: str = "/var/lib/docker"
    disk_free: int = 0
    deployed: bool = False
    authority_fault: str = ""


def problems_of(request: Request, host: Host) -> List[Problem]:
    """Return everything that stands in the way, in the order in which somebody would fix it."""
    return [problem for check in CHECKS for problem in check(request, host)]


def check_root(request: Request, host: Host) -> Iterator[Problem]:
    """Without root rights nothing can be installed, nor most of the other readings be trusted."""
    if host.uid != 0:
        yield _problem(
            "ansible_become",
            "the tasks run as user number {0}, not as root".format(host.uid),
            "set ansible_become: true, or log in as root",
        )


def check_distribution(request: Request, host: Host) -> Iterator[Problem]:
    """Only what was tried is supported."""
    found = (host.distribution.get("id", ""), host.distribution.get("version", ""))
    if found not in SUPPORTED:
        name = host.distribution.get("name") or "an unknown system"
        yield _problem("inventory", "the host runs {0}".format(name), "use Debian 12 or 13, or Ubuntu 22.04 or 24.04")


def check_systemd(request: Request, host: Host) -> Iterator[Problem]:
    """The engine's service and the stack's slice are systemd's."""
    if not host.systemd:
        yield _problem(
            "inventory", "systemd is not process 1 on the host", "use a virtual or real machine that boots with systemd"
        )


def check_engine(request: Request, host: Host) -> Iterator[Problem]:
    """An engine that is there is never swapped: it must do as it is."""
    engine = host.engine
    if engine.source in ("snap", "podman", "unknown"):
        origin = {
            "snap": "a snap",
            "podman": "Podman's imitation of Docker",
            "unknown": "neither Docker's nor the distribution's packages",
        }
        yield _problem(
            "docker_source",
            "the docker command on the host comes from {0}; an engine that is there is never swapped".format(
                origin[engine.source]
            ),
            "remove it yourself, with what runs on it, and run again",
        )
    elif (engine.source or request.docker_source) == "distribution" and not _distribution_has_compose(host):
        yield _no_compose(engine, host)
    elif engine.compose_version and version_numbers(engine.compose_version) < version_numbers(OLDEST_COMPOSE):
        yield _problem(
            "docker_source",
            "Docker Compose {0} on the host is older than {1}".format(engine.compose_version, OLDEST_COMPOSE),
            "update its package (apt-get install --only-upgrade {0})".format(_compose_package(host)),
        )
    if engine.source == "distribution" and request.docker_source == "upstream" and not _is_version(engine, request):
        yield _problem(
            "docker_version",
            "version {0} of Docker's own packages is asked for, but the distribution's docker.io {1} is installed; "
            "an engine that is there is never swapped".format(request.docker_version, engine.version),
            "leave docker_version empty, or remove docker.io yourself and run again",
        )


def check_engine_options(request: Request, host: Host) -> Iterator[Problem]:
    """What stands in daemon.json is kept, so it must be readable and fit."""
    if host.engine.config_error:
        yield _problem(
            "docker_daemon_options",
            "/etc/docker/daemon.json cannot be kept: {0}".format(host.engine.config_error),
            "repair or remove that file",
        )
    if host.engine.cgroup_driver not in ("", "systemd"):
        yield _problem(
            "docker_daemon_options",
            "/etc/docker/daemon.json asks for native.cgroupdriver={0}; the stack's limits need systemd".format(
                host.engine.cgroup_driver
            ),
            "remove that option from exec-opts in /etc/docker/daemon.json",
        )


def check_command(request: Request, host: Host) -> Iterator[Problem]:
    """The host command is called like the stack, and must not take another command's place."""
    if host.shadowed:
        yield _problem(
            "stack_name",
            "the host command {0} would shadow {1}, which is not this collection's".format(
                request.stack, host.shadowed
            ),
            "choose another stack_name" + (", or remove that file" if host.shadowed.startswith("/usr/local/") else ""),
        )


def check_media(request: Request, host: Host) -> Iterator[Problem]:
    """Docker would make a missing folder by itself: an empty library where the disk was not mounted."""
    if not request.media_services or host.media == "directory":
        return
    found = {"missing": "{0} does not exist on the host", "other": "{0} is not a directory"}[host.media]
    yield _problem(
        "stack_media_path",
        found.format(request.media_path),
        "mount the media folder there, or set stack_media_path to where it is",
        ", ".join(request.media_services),
    )


def check_authority(request: Request, host: Host) -> Iterator[Problem]:
    """Without its authority's root the entry point would not even start."""
    if host.authority_fault:
        yield _problem(
            "stack_acme_ca_root",
            "{0} on the host {1}".format(request.acme_ca_root, host.authority_fault),
            "lay a file with the authority's certificates (PEM) there",
        )


def check_ports(request: Request, host: Host) -> Iterator[Problem]:
    """A port that somebody else holds would stop the entry point half way through a deployment."""
    for port in request.ports:
        held = [one for one in host.engine.published if overlaps(port, one)]
        ours = [one for one in held if one.project == request.stack]
        held = held or [one for one in host.listeners if overlaps(port, one)]
        if held and not ours:
            yield _port_problem(port, held[0])


def check_memory(request: Request, host: Host) -> Iterator[Problem]:
    """Limits are caps and may exceed the host's memory; reservations are promises and may not.

    Where reservations are lowered to fit, the least of them has to.
    """
    wanted, room = request.minimums or request.reservations, host.memory_bytes - request.memory_reserve
    if sum(wanted.values()) > room:
        least = ", {0} at the least".format(_size(sum(wanted.values()))) if request.minimums else ""
        yield _problem(
            "deploy.resources.reservations.memory",
            "the services reserve {0}{1}, the host has {2}{3}:\n{4}".format(
                _size(sum(request.reservations.values())),
                least,
                _size(host.memory_bytes),
                " and keeps {0} for itself".format(_size(request.memory_reserve)) if request.memory_reserve else "",
                memory_table(request.reservations, request.minimums),
            ),
            "use a host with more memory, or lower {0} in catalogue_services, or disable services".format(
                "reservations and minimums" if request.minimums else "reservations"
            ),
            ", ".join(_by_size(request.reservations)),
        )


def check_disk(request: Request, host: Host) -> Iterator[Problem]:
    """Images need room; once deployed, a tight disk must not forbid the deployment that repairs it."""
    if not host.deployed and host.disk_free < request.free_disk:
        yield _problem(
            "preflight_free_disk",
            "{0} are free for {1}, a first deployment needs {2}".format(
                _size(host.disk_free), host.disk_path, _size(request.free_disk)
            ),
            "make room or enlarge the disk, or lower preflight_free_disk if the images are known to be small",
        )


CHECKS = (
    check_root,
    check_distribution,
    check_systemd,
    check_engine,
    check_engine_options,
    check_command,
    check_media,
    check_authority,
    check_ports,
    check_memory,
    check_disk,
)


def memory_table(reservations: Mapping[str, int], minimums: Mapping[str, int]) -> str:
    """Return who wants how much, the greediest first, and with how much it works; as lines of a table."""
    names = _by_size(reservations)
    columns = [reservations] + ([minimums] if minimums else [])
    rows = [[name] + [_size(column[name]) for column in columns] for name in names]
    rows.append(["together"] + [_size(sum(column.values())) for column in columns])
    headings = ["service", "reserves", "at the least"][: len(columns) + 1]
    return "\n".join("  " + line for line in table.render(headings, rows, headings[1:]).splitlines())


def _by_size(reservations: Mapping[str, int]) -> List[str]:
    return sorted((name for name in reservations if reservations[name]), key=lambda name: (-reservations[name], name))


def _size(size: int) -> str:
    if size >= GIBIBYTE:
        return "{0:.1f} GiB".format(size / GIBIBYTE)
    return "{0:.0f} MiB".format(size / MEBIBYTE)


def _distribution_has_compose(host: Host) -> bool:
    found = (host.distribution.get("id", ""), host.distribution.get("version", ""))
    return SUPPORTED.get(found, True) or bool(host.engine.compose_version)


def _no_compose(engine: Engine, host: Host) -> Problem:
    message = "{0}'s own packages bring no Docker Compose v2".format(host.distribution.get("name", ""))
    if engine.installed:
        return _problem(
            "docker_source",
            message + ", and its docker.io is installed; an engine that is there is never swapped",
            "remove docker.io and containerd yourself, with what runs on them, and set docker_source: upstream",
        )
    return _problem("docker_source", message, "set docker_source: upstream (Docker's own repository)")


def _compose_package(host: Host) -> str:
    return next((name for name in COMPOSE if name in host.packages), COMPOSE[0])


def _is_version(engine: Engine, request: Request) -> bool:
    wanted = version_numbers(request.docker_version)
    return version_numbers(engine.version)[: len(wanted)] == wanted


def _port_problem(port: Port, held: Listener) -> Problem:
    if held.container:
        holder = "container {0}{1}".format(
            held.container, " of Compose project " + held.project if held.project else ""
        )
        fix = "stop it (docker stop {0}), or publish another port".format(held.container)
    elif held.pid is not None:
        holder = "process {0} ({1}{2})".format(held.pid, held.command, ", " + held.unit if held.unit else "")
        how = "systemctl disable --now {0}".format(held.unit) if held.unit else "kill {0}".format(held.pid)
        fix = "stop it ({0}), or publish another port".format(how)
    else:
        holder, fix = "a process that could not be named", "find it with ss -lntup and stop it, or publish another port"
    return _problem("ports", "port {0}/{1} is held by {2}".format(port.port, port.protocol, holder), fix, port.service)


def _problem(setting: str, message: str, fix: str, service: Optional[str] = None) -> Problem:
    return {"setting": setting, "service": service, "message": message, "fix": fix}
