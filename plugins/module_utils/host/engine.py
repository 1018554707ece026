# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which Docker engine a host has, and where it came from."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.docker.api import ask
from ansible_collections.photosync.vps.plugins.module_utils.host import daemon
from ansible_collections.photosync.vps.plugins.module_utils.host.daemon_control import CONFIG, RECORD
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Listener, parse_published
from ansible_collections.photosync.vps.plugins.module_utils.host.system import read_text

ANSWER_SECONDS = 20
COMPOSE = ("docker-compose-plugin", "docker-compose-v2", "docker-compose")
# What holds the engine at a version, read here and written by the role docker.
DATA_ROOT = "/var/lib/docker"
CONTAINERD_ROOT, CONTAINERD_CONFIG = "/var/lib/containerd", "/etc/containerd/config.toml"
# From this version on, an engine that is installed anew leaves its images to containerd.
CONTAINERD_SINCE = 29
PIN = "/etc/apt/preferences.d/docker-engine.pref"


@dataclass(frozen=True)
class Engine:
    """The engine of a host; ``source`` is upstream, distribution, snap, podman, unknown, or nothing.

    ``root`` is the folder that a running engine has its volumes in, and its images unless ``in_containerd``.
    """

    installed: bool = False
    source: str = ""
    running: bool = False
    version: str = ""
    compose_version: str = ""
    pin: str = ""
    config_error: str = ""
    cgroup_driver: str = ""
    root: str = ""
    in_containerd: bool = False
    published: Sequence[Listener] = field(default_factory=tuple)

    def facts(self) -> dict[str, Any]:
        """Return what later roles want to know."""
        wanted = ("installed", "source", "version", "compose_version")
        known = {name: value for name, value in asdict(self).items() if name in wanted}
        return {**known, "pin": {"path": PIN, "text": self.pin}}


def source_of(packages: Mapping[str, str], command: Optional[str]) -> str:
    """Say where the engine came from, by the installed packages and by where the docker command lies."""
    for package, source in (("docker-ce", "upstream"), ("docker.io", "distribution"), ("podman-docker", "podman")):
        if package in packages:
            return source
    if not command:
        return ""
    return "snap" if command.startswith("/snap/") else "unknown"


def parse_config(text: str, record: str = "") -> tuple[str, str]:
    """Return the fault of a daemon.json, or the cgroup driver that the host's owner asks for; both are usually empty.

    What ``record`` shows to have been set by this collection is no wish of the owner: the role docker repairs it.
    """
    if not text.strip():
        return "", ""
    try:
        options = json.loads(text)
    except ValueError as error:
        return f"it is not valid JSON: {error}", ""
    if not isinstance(options, dict):
        return "it is not a JSON object", ""
    if "native.cgroupdriver" in record:
        return "", ""
    drivers = [
        str(one).partition("=")[2] for one in options.get("exec-opts") or [] if "native.cgroupdriver=" in str(one)
    ]
    return "", drivers[-1] if drivers else ""


def version_numbers(version: str) -> list[int]:
    """Return the numbers at the start of a version, to compare: 2.26.1-4 gives 2, 26, 1."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", version)
    return [int(number) for number in match.group(1).split(".")] if match else []


def compose_version_of(packages: Mapping[str, str]) -> str:
    """Return the version of Compose v2 among the packages; Debian 12's docker-compose is version 1, another program."""
    versions = [re.sub(r"^\d+:", "", packages[name]) for name in COMPOSE if name in packages]
    return next((version for version in versions if version_numbers(version)[:1] > [1]), "")


def engine_version_of(packages: Mapping[str, str]) -> str:
    """Return the version of the engine among the packages, as the engine itself would say it."""
    versions = [re.sub(r"^\d+:|-.*$", "", packages[name]) for name in ("docker-ce", "docker.io") if name in packages]
    return versions[0] if versions else ""


def coming_options(
    text: str, record: str, wanted: Optional[Mapping[str, Any]], unheard: bool = False
) -> dict[str, Any]:
    """Return the options of daemon.json as they will be once those that the host's stacks want have been applied.

    :param wanted: None where a play leaves the options alone.
    :param unheard: whether a stack has not said yet what it wants.
    """
    existing, recorded = _object(text), _object(record).get("options") or {}
    if wanted is None:
        return existing
    left = daemon.kept(existing, recorded, {}) if unheard else {}
    return daemon.merge(existing, recorded, {}, daemon.joined(left, wanted))[0]


def read_options(wanted: Optional[Mapping[str, Any]], unheard: bool = False) -> dict[str, Any]:
    """Return the options that the host's engine will have."""
    return coming_options(read_text(CONFIG), read_text(RECORD), wanted, unheard)


def read_engine(packages: Mapping[str, str]) -> Engine:
    """Ask the host's engine, if there is one, without starting or changing anything."""
    command = shutil.which("docker")
    config_error, cgroup_driver = parse_config(read_text(CONFIG), read_text(RECORD))
    source, pin = source_of(packages, command), read_text(PIN)
    if not command or not source:
        return Engine(source=source, pin=pin, config_error=config_error, cgroup_driver=cgroup_driver)
    version = (ask("/version") or {}).get("Version", "")
    info = (ask("/info") or {}) if version else {}
    return Engine(
        installed=True,
        source=source,
        running=bool(version),
        version=version or engine_version_of(packages),
        compose_version=compose_version_of(packages) or _ask_compose(),
        pin=pin,
        config_error=config_error,
        cgroup_driver=cgroup_driver,
        root=info.get("DockerRootDir") or "",
        in_containerd=is_in_containerd(info),
        published=tuple(parse_published(ask("/containers/json") or [])),
    )


def is_in_containerd(info: Mapping[str, Any]) -> bool:
    """Say whether an engine leaves its images to containerd, by what it tells of itself."""
    return any("io.containerd.snapshotter" in str(value) for _name, value in info.get("DriverStatus") or [])


def data_root(engine: Engine, options: Mapping[str, Any]) -> str:
    """Return the folder that the engine will have its volumes in, with these options."""
    return str(options.get("data-root") or engine.root or DATA_ROOT)


def containerd_root() -> str:
    """Return the folder of containerd."""
    found = re.search(r"""^root\s*=\s*["'](.+)["']""", read_text(CONTAINERD_CONFIG), re.MULTILINE)
    return found.group(1) if found else CONTAINERD_ROOT


def image_folders(engine: Engine, options: Mapping[str, Any], source: str, version: str) -> list[str]:
    """Return the folders that will grow by what is deployed.

    :param source: where an engine that is yet to be installed comes from.
    :param version: the one that is wanted then; the newest when it is empty.
    """
    features = options.get("features")
    asked = features.get("containerd-snapshotter") if isinstance(features, dict) else None
    if asked is None and engine.installed:
        asked = engine.in_containerd
    elif asked is None:
        newest = [CONTAINERD_SINCE]
        asked = source == "upstream" and (version_numbers(version) or newest)[:1] >= newest
    return [data_root(engine, options), *([containerd_root()] if asked else [])]


def _object(text: str) -> dict[str, Any]:
    """Return a JSON object; an empty one where the text holds none, which is a problem already."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _ask_compose() -> str:
    """Return the version of a Compose plugin that no package brought; nothing where there is none."""
    try:
        return run(["docker", "compose", "version", "--short"], timeout=ANSWER_SECONDS).stdout.strip()
    except CommandFailed:
        return ""
