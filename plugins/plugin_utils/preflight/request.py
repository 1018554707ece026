# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a resolved catalogue asks of its host, in the terms of the module preflight_info."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.units import parse_size
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.builds import bases_of
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.caddy import uses_acme
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits import Need, need_of
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.mounts import (
    mounts,
    named_volumes,
    published,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.sources import source_request
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.backup_settings import (
    BACKUP_ASKED,
    backup_asked,
    backup_missing,
)

Entry = dict[str, Any]

SIZES = ("preflight_free_disk", "preflight_free_disk_later", "resource_limits_host_reserve")
# Settings of all roles that what is asked depends on. A play without a role asks nothing in its name.
ASKED = (
    *SIZES,
    *BACKUP_ASKED,
    "preflight_ask_registries",
    "preflight_clock_tolerance",
    "preflight_restoring",
    "resource_limits_fit",
    "docker_source",
    "docker_version",
    "docker_daemon_options",
)
# What is being taken over, and the settings of which a host has one value.
KEPT = ("adopt_taken_over", "docker_host_settings")


def asked_of_host(
    catalogue: dict[str, Any], settings: Mapping[str, Any], kept: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the options of preflight_info that follow from catalogue and settings, and what is wrong with these.

    :param settings: those of ``ASKED`` that there are and that have the right form.
    :param kept: what other roles keep for this one, of ``KEPT``.
    """
    stack = catalogue["stack"]
    wrong = {one["setting"].partition(".")[0] for one in catalogue["wrong_settings"]}
    found = preflight_request(catalogue, {name: settings.get(name) or "0" for name in SIZES})
    sizes, problems = found.pop("sizes"), found.pop("problems")
    asked = {
        **found,
        **backup_asked(settings, wrong, stack["mode"]),
        "images": found["images"] if settings.get("preflight_ask_registries") else [],
        "minimums": found["minimums"] if settings.get("resource_limits_fit") else {},
        "memory_reserve": sizes["resource_limits_host_reserve"],
        "free_disk": sizes["preflight_free_disk"],
        "free_disk_later": sizes["preflight_free_disk_later"],
        "clock_tolerance": settings.get("preflight_clock_tolerance", 0),
        "restoring": settings.get("preflight_restoring", False),
        "adopting": kept.get("adopt_taken_over") or "",
        "docker_source": settings.get("docker_source") or "",
        "docker_version": settings.get("docker_version") or "",
        "host_settings": {} if "docker_source" in wrong else kept.get("docker_host_settings") or {},
        "source": source_request(catalogue),
    }
    if "docker_daemon_options" in settings:
        asked["daemon_options"] = settings["docker_daemon_options"]
    return asked, [*problems, *backup_missing(settings, wrong, stack)]


def preflight_request(catalogue: Mapping[str, Any], sizes: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the options of preflight_info that follow from ``catalogue``, and what is wrong with ``sizes``.

    :param sizes: further settings that are sizes, such as 512M, by their names.
    """
    stack, services = catalogue["stack"], catalogue["services"]
    mode, media = stack["mode"], stack["media_path"]
    reserving = services if mode == "production" else []
    read, problems = _sizes(sizes or {})
    needs = dict(pair for entry in reserving for pair in _readable(_need, entry))
    return {
        "stack_name": stack["name"],
        "ports": [port for entry in services for port in _readable(ports_of, entry, mode)],
        "images": [image for entry in services for image in _readable(_images, entry, stack)],
        "media_path": media,
        "media_services": [name for entry in services for name in _readable(_media_users, entry, media)],
        "acme_ca_root": stack["acme_ca_root"] if uses_acme(stack) else "",
        "reservations": {name: need.asked for name, need in needs.items()},
        "minimums": {name: need.least for name, need in needs.items()},
        # Where an authority of one's own looks is its own affair.
        "domain": stack["domain"] if uses_acme(stack) and not stack["acme_ca"] else "",
        "volumes": sorted({name for entry in services for name in _readable(_data_volumes, entry)}),
        "sizes": read,
        "problems": problems,
    }


def _sizes(given: Mapping[str, str]) -> tuple[dict[str, int], list[Problem]]:
    """Return bytes by setting, with 0 for what cannot be read, and a problem for each of these."""
    read, problems = {}, []
    for setting, text in given.items():
        try:
            read[setting] = parse_size(str(text))
        except ValueError as error:
            read[setting] = 0
            problems.append(problem(setting, str(error), "write a size such as 512M or 2G"))
    return read, problems


def _readable(read: Callable[..., Iterable[Any]], entry: Entry, *more: Any) -> list[Any]:
    """Return what ``read`` finds in an entry; nothing where it cannot, which is a problem of the catalogue already."""
    try:
        return list(read(entry, *more))
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def ports_of(entry: Entry, mode: str) -> Iterable[dict[str, Any]]:
    """Yield what an entry publishes on the host."""
    for port in published(entry, mode):
        yield {"service": entry["name"], "port": port.host, "protocol": port.protocol, "address": port.address}


def _images(entry: Entry, stack: dict[str, Any]) -> Iterable[dict[str, str]]:
    """Yield what is pulled for an entry: its image, or those that it says its Dockerfile starts from."""
    if not entry["build"]:
        yield {"service": entry["name"], "image": entry["image"]}
        return
    bases = bases_of(entry, stack)
    for name in entry["build"]["base_images"]:
        # Whatever it was built of last time, its bases could be pulled then, and BuildKit keeps them.
        yield {"service": entry["name"], "image": bases[name], "built": f"{stack['name']}/{entry['name']}"}


def _media_users(entry: Entry, media: str) -> Iterable[str]:
    """Yield the entry's name if it mounts the media folder, or a folder in it."""
    folder = media.rstrip("/") + "/"
    if any((mount.source + "/").startswith(folder) for mount in mounts(entry)):
        yield entry["name"]


def _need(entry: Entry) -> Iterable[tuple[str, Need]]:
    need = need_of(entry["deploy"]["resources"])
    if need:
        yield entry["name"], need


def _data_volumes(entry: Entry) -> Iterable[str]:
    """Yield the volumes with data of the stack's own. Those of an entry point are called alike in many a stack."""
    if not entry["entry_point"]:
        saved = entry["backup"]
        yield from named_volumes(entry) if entry["database_server"] else [*saved["volumes"], *saved["cold"]]
