# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What another deployment has left on a host: Compose projects whose data this stack would run into.

A project counts when it has this stack's name, or when it holds most of the volumes that hold this stack's data. What
this collection deployed itself never does, nor does a project that only happens to be there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.files import folder_bytes
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.docker.api import ask
from ansible_collections.photosync.vps.plugins.module_utils.host.engine import Engine, data_root, read_options
from ansible_collections.photosync.vps.plugins.module_utils.host.system import read_text

PROJECT = "com.docker.compose.project"
FOLDER = PROJECT + ".working_dir"
FILES = PROJECT + ".config_files"
VOLUME = "com.docker.compose.volume"


@dataclass(frozen=True)
class Existing:
    """One Compose project: its folder and files, containers as name and state, and volumes by their name in it."""

    project: str
    folder: str = ""
    files: tuple[str, ...] = ()
    containers: tuple[tuple[str, str], ...] = ()
    volumes: Mapping[str, str] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    bytes: Mapping[str, int] = field(default_factory=dict)


def projects(
    containers: Iterable[Mapping[str, Any]],
    volumes: Iterable[Mapping[str, Any]],
    networks: Iterable[Mapping[str, Any]],
    names: Sequence[str] = (),
) -> list[Existing]:
    """Return the Compose projects among what the engine lists, by name.

    :param names: volumes of the stack, to know those that carry no label by the ends of their names.
    """
    found: dict[str, Existing] = {}
    for entry in containers:
        project = _label(entry, PROJECT)
        if project:
            known = found.get(project, Existing(project))
            found[project] = replace(
                known,
                folder=known.folder or _label(entry, FOLDER),
                files=known.files or tuple(filter(None, _label(entry, FILES).split(","))),
                containers=(*known.containers, (entry["Names"][0].lstrip("/"), entry["State"])),
                ports=tuple(sorted({*known.ports, *_published(entry)})),
            )
    for entry in volumes:
        project, name = _label(entry, PROJECT), _label(entry, VOLUME)
        if not (project and name):
            project, name = _by_name(entry["Name"], names)
        if project:
            known = found.get(project, Existing(project))
            found[project] = replace(known, volumes={**known.volumes, name: entry["Name"]})
    for entry in networks:
        project = _label(entry, PROJECT)
        if project:
            known = found.get(project, Existing(project))
            found[project] = replace(known, networks=(*known.networks, entry["Name"]))
    return [found[project] for project in sorted(found)]


def is_alike(project: Existing, stack: str, names: Sequence[str]) -> bool:
    """Say whether a project holds what the stack would: it has its name, or most of the volumes of its data.

    One volume alone is not enough, since many a project calls one "pgdata".
    """
    shared = len(set(names) & set(project.volumes))
    return project.project == stack or (shared >= 2 and shared * 2 > len(names))


def is_own(project: Existing, released: bool) -> bool:
    """Say whether this collection deployed a project, be it another stack: from its own folder, as far as can be told.

    :param released: whether this host has, or ever had, a release of a stack of that name.
    """
    root = os.path.join("/opt", project.project)
    if not project.folder:
        return released
    return project.folder == os.path.join(root, "current") or project.folder.startswith(root + "/releases/")


def read_existing(stack: str, names: Sequence[str], project: str = "") -> list[Existing]:
    """Return the deployments on this host that are in the way of ``stack``, with the sizes of their volumes.

    :param names: the volumes that hold the stack's data.
    :param project: a Compose project that counts whatever is in it.
    """
    asked = ask("/volumes")
    volumes = (asked or {}).get("Volumes") or ([] if asked else _folders())
    listed = projects(ask("/containers/json?all=1") or [], volumes, ask("/networks") or [], names)
    folders = {entry["Name"]: entry["Mountpoint"] for entry in volumes}
    return [
        replace(one, bytes={name: folder_bytes(folders[name]) for name in one.volumes.values()})
        for one in listed
        if one.project == project or (is_alike(one, stack, names) and not is_own(one, _is_released(one.project)))
    ]


def journal_path(stack: str) -> str:
    """Where an adoption notes what it has done, for as long as it is not finished."""
    return os.path.join("/var/lib", stack, "adopted", "unfinished.json")


def is_unfinished(stack: str) -> bool:
    """Say whether an adoption was begun and neither finished nor taken back."""
    return bool(read_text(journal_path(stack)))


def described(project: Existing) -> list[str]:
    """Return everything that is there of a project, as lines for a person."""
    files = ", ".join(os.path.basename(name) for name in project.files)
    where = f" in {project.folder}" if project.folder else ""
    lines = ["Compose project {0}{1}{2}".format(project.project, where, f" ({files})" if files else "")]
    volumes = [f"{name} ({size(project.bytes.get(name, 0))})" for name in sorted(project.volumes.values())]
    containers = ["{0} ({1})".format(*one) for one in sorted(project.containers)]
    parts = (
        ("containers", containers or ["none any more"]),
        ("volumes", volumes),
        ("networks", project.networks),
        ("ports", project.ports),
    )
    return lines + ["  {0}: {1}".format(what, ", ".join(found)) for what, found in parts if found]


def _is_released(stack: str) -> bool:
    return os.path.isdir(os.path.join("/opt", stack, "releases"))


def _label(entry: Mapping[str, Any], name: str) -> str:
    return (entry.get("Labels") or {}).get(name, "")


def _published(entry: Mapping[str, Any]) -> list[str]:
    return ["{0}/{1}".format(port["PublicPort"], port["Type"]) for port in entry["Ports"] if "PublicPort" in port]


def _by_name(volume: str, names: Sequence[str]) -> tuple[str, str]:
    """Split the engine's name of a volume into project and volume, where it ends like one of the stack's."""
    for name in names:
        if volume.endswith("_" + name):
            return volume[: -len(name) - 1], name
    return "", ""


def _folders() -> list[dict[str, Any]]:
    """Return the volumes of an engine that stands still; it alone knows their labels."""
    folder = os.path.join(data_root(Engine(), read_options(None)), "volumes")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [{"Name": name, "Mountpoint": os.path.join(folder, name, "_data")} for name in names]
