# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell restic where the restore points are, and how to open them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from shlex import quote
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import FIRST, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.config_files import HIDDEN, hidden_address
from ansible_collections.photosync.vps.plugins.module_utils.breakglass.model import Commands, Item, Place, Section

# What people find the password under.
PASSWORD_SETTING = "backup_repository_password"


def of_settings(settings: Settings) -> list[Place]:
    """The places that a host knows, with the passwords that lie in its files."""
    found = []
    for one in settings.all():
        with open(one.password_file, encoding="utf-8") as stream:
            found.append(Place(one.name, one.repository, stream.read().rstrip("\n"), dict(one.environment)))
    return found


def of_variables(given: Mapping[str, Any]) -> list[Place]:
    """The places that an inventory names, from ``repository, password, environment, copies`` of the backup role."""
    first = {**given, "name": FIRST}
    return [
        Place(
            one["name"],
            one["repository"],
            str(one.get("password") or given["password"]),
            {key: str(value) for key, value in (one.get("environment") or {}).items()},
        )
        for one in [first, *(given.get("copies") or [])]
    ]


def hidden(place: Place) -> Place:
    """The same place with every secret left out."""
    return replace(
        place,
        repository=hidden_address(place.repository),
        password=None,
        environment=dict.fromkeys(place.environment),
    )


def section(number: int, places: Sequence[Place]) -> Section:
    """The step; the first place is on the way, the others are for when it is lost too."""
    first, *copies = places
    items: list[Item] = [_where_from(first), Commands(_opening(first))]
    if HIDDEN in first.repository:
        items.insert(1, f"Write the password in the address where it says `{HIDDEN}`.")
    for copy in copies:
        items += [f"**Is that place lost too?** These instead open the copy `{copy.name}`:"]
        items += [Commands(_opening(copy), on_the_way=False)]
    return Section(f"{number}. Open the repository", tuple(items))


def _where_from(place: Place) -> str:
    if place.password is not None:
        source = (
            f"The password below is the inventory's `{PASSWORD_SETTING}`, so this sheet is itself a key: lock it away."
        )
    else:
        source = (
            f"This copy holds no secret. The password is the inventory's `{PASSWORD_SETTING}`, from the vault; the"
            " sheet in the folder `escrow` beside the inventory holds it too (`ansible-vault view`)."
        )
    return f"{source} {_access(place.repository)}".strip()


def _access(repository: str) -> str:
    if repository.startswith("sftp:"):
        return (
            "root needs an SSH key that the storage lets in: `ssh-keygen -t ed25519`, have the public half added"
            " there, and connect once with `ssh` to accept the storage's own key."
        )
    if re.match(r"(local:)?/", repository):
        return f"The disk has to be mounted, so that `{repository}` is there."
    return ""


def _opening(place: Place) -> str:
    lines = [_variable(name, value, f"{name}: ") for name, value in sorted(place.environment.items())]
    lines.append(f"export RESTIC_REPOSITORY={quote(place.repository)}")
    lines.append(_variable("RESTIC_PASSWORD", place.password, "Password of the repository: "))
    return "\n".join([*lines, "restic cat config"])


def _variable(name: str, value: Any, prompt: str) -> str:
    if value is None:
        return f"read -rsp {quote(prompt)} {name} && export {name}"
    return f"export {name}={quote(str(value))}"
