# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parts of a point: what a partial restore takes from it, and which services that concerns. All of it pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Service
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import CONFIGURATION

DATABASES, FILES, CERTIFICATES = "databases", "files", "certificates"
KINDS = (DATABASES, FILES, CERTIFICATES, CONFIGURATION)


def words(only: Iterable[str]) -> list[str]:
    """What was asked for, each once, in one order: "files, databases" and [databases, files] are the same."""
    return sorted({word.strip() for text in only for word in text.split(",") if word.strip()})


def narrow(manifest: dict[str, Any], target: Target, only: Sequence[str]) -> dict[str, Any]:
    """The manifest of those parts alone, with ``only`` in it; the whole one when ``only`` is empty.

    Raises PointError for a word that is no part and no service, and for one of which the point holds nothing.
    """
    wanted = words(only)
    if not wanted:
        return {**manifest, "only": []}
    if target.bare:
        raise PointError("a part can be restored only where the stack is deployed; restore everything, or deploy first")
    services = {service.name: service for service in target.services}
    unknown = [word for word in wanted if word not in KINDS and word not in services]
    if unknown:
        raise PointError(
            f"{', '.join(unknown)} is neither a part nor a service of this stack; parts: {', '.join(KINDS)};"
            f" services: {', '.join(sorted(services))}"
        )
    databases, volumes = set(), set()
    for word in wanted:
        of_word = _databases(word, manifest, services), _volumes(word, manifest, target)
        if not any(of_word) and word != CONFIGURATION:
            raise PointError(f"{manifest['id']} holds nothing of {word}: no saved volume and no database")
        databases |= of_word[0]
        volumes |= of_word[1]
    return {
        **manifest,
        "only": wanted,
        "databases": [part for part in manifest["databases"] if (part["service"], part["database"]) in databases],
        "volumes": [part for part in manifest["volumes"] if part["name"] in volumes],
    }


def _databases(word: str, manifest: dict[str, Any], services: dict[str, Service]) -> set[tuple[str, str]]:
    saved = {(part["service"], part["database"]) for part in manifest["databases"]}
    if word == DATABASES:
        return saved
    if word not in services:
        return set()
    used = {(entry.server, entry.name) for entry in services[word].databases}
    return {database for database in saved if database[0] == word or database in used}


def _volumes(word: str, manifest: dict[str, Any], target: Target) -> set[str]:
    saved = {part["name"] for part in manifest["volumes"]}
    front = target.entry_point.service if target.entry_point else ""
    of_front = saved & volumes_of(target, front)
    if word == CERTIFICATES:
        return of_front
    return saved - of_front if word == FILES else saved & volumes_of(target, word)


def volumes_of(target: Target, service: Any) -> set[str]:
    """Names of the volumes that a service mounts."""
    return {volume.name for volume in target.volumes if service in volume.services}


def concerned(target: Target, manifest: dict[str, Any]) -> set[str]:
    """Services that have to stand still while these parts are put back; all of them for a whole point.

    A database server goes on: its databases are filled beside those that serve, and only their users have to leave.
    """
    names = {service.name for service in target.services}
    if not manifest.get("only"):
        return names
    restored = {part["name"] for part in manifest["volumes"]}
    users = {service for volume in target.volumes if volume.name in restored for service in volume.services}
    databases = {(part["service"], part["database"]) for part in manifest["databases"]}
    undeclared = databases - {database for service in target.services for database in _declared(service)}
    connected = {service.name for service in target.services if _uses(service, databases, undeclared)}
    return (users | connected) & names


def _declared(service: Service) -> set[tuple[str, str]]:
    return {(entry.server, entry.name) for entry in service.databases}


def _uses(service: Service, databases: set[tuple[str, str]], undeclared: set[tuple[str, str]]) -> bool:
    """Whether a service is connected to one of these.

    One that declares none of a server's may use any of them, and one that nobody declares may be used by anybody.
    """
    declared = _declared(service)
    for server, name in databases:
        if (server, name) in declared:
            return True
        anybodys = (server, name) in undeclared or not any(entry[0] == server for entry in declared)
        if server in service.depends_on and anybodys:
            return True
    return False
