# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which packages bring the engine, and which of them a host still lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

UPSTREAM = ("docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin", "docker-buildx-plugin")
DISTRIBUTION = {
    "debian": ("docker.io", "docker-cli", "docker-compose", "docker-buildx"),
    "ubuntu": ("docker.io", "docker-compose-v2", "docker-buildx"),
}
# The packages whose version is the engine's own.
ENGINE = ("docker-ce", "docker-ce-cli", "docker.io", "docker-cli")


def docker_wanted(
    host: Mapping[str, Any],
    source: str,
    settings: Mapping[str, str],
    repository: Mapping[str, str],
    extra: Sequence[str] = (),
) -> dict[str, Any]:
    """Return what ``host`` is to have: ``{source, version, packages, engine, url, fingerprint, pin, part, recorded}``.

    :param settings: the stack's wishes of which a host has one value; those of other stacks stay where it has none.
    :param repository: ``{url, fingerprint}`` where nobody wishes another.
    """
    # An engine that is there is never replaced by the other source's.
    source = host["docker"]["source"] or source
    shared = {**host["others"]["settings"], **{name: value for name, value in settings.items() if value}}
    version = shared.get("docker_version", "")
    further = list(dict.fromkeys([*extra, *host["others"]["packages"]]))
    packages = docker_packages(host, source, version, further)
    url = shared.get("docker_repository_url", repository.get("url", ""))
    part = {"settings": dict(settings), "packages": list(extra)}
    return {
        "source": source,
        "version": version,
        "packages": packages,
        "engine": [name for name in packages if name not in further],
        "url": f"{url.rstrip('/')}/{host['distribution']['id']}",
        "fingerprint": shared.get("docker_key_fingerprint", repository.get("fingerprint", "")),
        "pin": docker_pin(source, version),
        "part": part,
        "recorded": {**host["part"], **part} == host["part"],
    }


def docker_packages(host: Mapping[str, Any], source: str, version: str = "", extra: Sequence[str] = ()) -> list[str]:
    """Return what apt is to install on ``host``, pinned where a version is asked for; nothing if all is there."""
    names = UPSTREAM if source == "upstream" else DISTRIBUTION[host["distribution"]["id"]]
    installed = host["packages"]
    missing = [_pinned(name, version, source) for name in names if not _present(installed.get(name, ""), name, version)]
    return missing + [name for name in extra if name not in installed]


def docker_pin(source: str, version: str) -> str:
    """Return apt's preferences that hold the engine at ``version``, whoever upgrades; nothing for no version."""
    if not version:
        return ""
    engine = [name for name in (UPSTREAM if source == "upstream" else DISTRIBUTION["debian"]) if name in ENGINE]
    return (
        "# docker_version of the inventory of photosync.vps; written by its role docker.\n"
        f"Package: {' '.join(engine)}\n"
        f"Pin: version {_pattern(version, source)}\n"
        "Pin-Priority: 1000\n"
    )


def _present(installed: str, name: str, version: str) -> bool:
    if name not in ENGINE or not version:
        return bool(installed)
    # An epoch may stand before the version, the packager's own numbering behind it.
    return bool(re.match(rf"(\d+:)?{re.escape(version)}(?![\d.])", installed))


def _pinned(name: str, version: str, source: str) -> str:
    if name not in ENGINE or not version:
        return name
    return f"{name}={_pattern(version, source)}"


def _pattern(version: str, source: str) -> str:
    epoch = "5:" if source == "upstream" else ""
    return f"{epoch}{version}*"
