# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read a host: thin, and only reading."""

from __future__ import annotations

import os
import shutil
import ssl
import zipfile
from collections.abc import Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common import records
from ansible_collections.photosync.vps.plugins.module_utils.common.files import free_bytes
from ansible_collections.photosync.vps.plugins.module_utils.host import parts, system
from ansible_collections.photosync.vps.plugins.module_utils.host.engine import (
    containerd_root,
    data_root,
    image_folders,
    read_engine,
    read_options,
)
from ansible_collections.photosync.vps.plugins.module_utils.host.slices import in_force
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import read_listeners
from ansible_collections.photosync.vps.plugins.module_utils.preflight.backups import on_system_disk, read_restic
from ansible_collections.photosync.vps.plugins.module_utils.preflight.existing import is_unfinished, read_existing
from ansible_collections.photosync.vps.plugins.module_utils.preflight.images import read_refusals
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Host, Request
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

COMMAND_FOLDERS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def read_host(request: Request) -> Host:
    """Read everything that the checks and later roles want to know."""
    status = system.read_text("/var/lib/dpkg/status")
    packages = system.parse_packages(status)
    deployed = os.path.exists(os.path.join("/opt", request.stack, "current"))
    part, others = parts.of_stack(request.stack), parts.of_others(request.stack)
    engine, options = read_engine(packages), coming_options(request, others)
    growing = image_folders(engine, options, request.docker_source, request.docker_version)
    disk = min(growing, key=free_bytes)
    docker = {data_root(engine, options), engine.root or data_root(engine, options), containerd_root()}
    return Host(
        uid=os.geteuid(),
        systemd=system.has_systemd(),
        distribution=system.parse_os_release(system.read_text("/etc/os-release")),
        architecture=system.parse_architecture(status),
        # The engine counts the cores that it may use, and refuses a limit above that.
        cpus=len(os.sched_getaffinity(0)),
        memory_bytes=system.parse_memory(system.read_text("/proc/meminfo")),
        packages=packages,
        engine=engine,
        listeners=read_listeners(request.ports),
        refusals=read_refusals(request.images, engine, options),
        media=kind_of(request.media_path),
        shadowed=shadowed(request.stack),
        disk_path=disk,
        disk_free=free_bytes(disk),
        authority_fault=fault_of_authorities(request.acme_ca_root) if request.acme_ca_root else "",
        deployed=deployed,
        part=part,
        others=others,
        gone=parts.gone(others),
        slice=in_force(f"{request.stack}.slice"),
        addresses=read_addresses() if request.domain else [],
        existing=() if deployed else tuple(read_existing(request.stack, request.volumes)),
        unfinished=is_unfinished(request.stack),
        half_restored=tuple(half_restored(request.stack)),
        backup_on_system_disk=on_system_disk(request.backup_repositories, sorted(docker)),
        restic=read_restic(request.backup_restic_needed),
    )


def coming_options(request: Request, others: Sequence[parts.Part]) -> dict[str, Any]:
    """Return the options that the engine will have, of this stack and of the others."""
    if request.daemon_options is None:
        return read_options(None)
    asked = parts.Part(request.stack, daemon_options=dict(request.daemon_options))
    return read_options(parts.together([*others, asked]), bool(parts.unheard(request.stack)))


def half_restored(stack: str) -> list[str]:
    """Return what is half done of a restore, and the ways that lead on from it."""
    return unfinished.of_stack(stack).splitlines()


def read_addresses() -> list[str]:
    """Return the addresses of this host's interfaces."""
    return system.parse_addresses(system.read_text("/proc/net/fib_trie"), system.read_text("/proc/net/if_inet6"))


def kind_of(path: str) -> str:
    """Say whether ``path`` is a directory, missing, or something other; a link counts as what it leads to."""
    if os.path.isdir(path):
        return "directory"
    return "other" if os.path.exists(path) else "missing"


def fault_of_authorities(path: str) -> str:
    """Say why a file is none with certificates of authorities; nothing where it is one."""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        return "holds no certificate"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return ""


def shadowed(stack: str, folders: str = COMMAND_FOLDERS) -> str:
    """Return the command called like the stack that is not this collection's own, or nothing."""
    for folder in folders.split(":"):
        found = shutil.which(stack, path=folder)
        if found and not is_host_command(found):
            return found
    return ""


def is_host_command(path: str) -> bool:
    """Say whether a file is a host command that this collection wrote: a zip file with the collection's engine."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("ansible_collections/photosync/vps/" in name for name in archive.namelist())


def facts(host: Host) -> dict[str, Any]:
    """Return what later roles want to know of the host."""
    return {
        "cpus": host.cpus,
        "memory_bytes": host.memory_bytes,
        "architecture": host.architecture,
        "distribution": dict(host.distribution),
        "systemd": host.systemd,
        "packages": dict(host.packages),
        "docker": host.engine.facts(),
        "deployed": host.deployed,
        "part": records.as_json(host.part),
        "others": {
            "settings": parts.settings(host.others),
            "packages": parts.packages(host.others),
            "memory_reserved": sum(part.memory_reserved for part in host.others),
        },
        "slice": host.slice,
        "addresses": list(host.addresses),
    }
