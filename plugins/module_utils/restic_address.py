# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the address of a repository says, and the logins that go with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from ansible_collections.photosync.vps.plugins.module_utils.restic_answers import ResticError

REST_LOGIN = ("RESTIC_REST_USERNAME", "RESTIC_REST_PASSWORD")


def pair_environment(source: Mapping[str, str], target: Mapping[str, str]) -> dict[str, str]:
    """The environment of ``restic copy``; raises ResticError where the two cannot be told apart in one.

    A rest-server's user and password go into its address, so that neither server is sent the other's.
    """
    ours = {key: value for key, value in source.items() if not key.startswith("RESTIC_")}
    theirs = {key: value for key, value in target.items() if key not in (*REST_LOGIN, "RESTIC_REPOSITORY")}
    clashing = sorted(key for key in set(ours) & set(theirs) if ours[key] != theirs[key])
    if clashing:
        raise ResticError(
            "restic copies with one environment, and the two repositories want different values of"
            f" {', '.join(clashing)}: use the same credentials for both, or reach one of them through rclone"
            " (rclone:remote:path)"
        )
    return {
        **ours,
        **theirs,
        "RESTIC_REPOSITORY": with_login(target),
        "RESTIC_FROM_REPOSITORY": with_login(source),
        "RESTIC_FROM_PASSWORD_FILE": source["RESTIC_PASSWORD_FILE"],
    }


def with_login(environment: Mapping[str, str]) -> str:
    """A repository's address, a rest-server's with the user and password that its environment names."""
    address = environment["RESTIC_REPOSITORY"]
    found = re.fullmatch(r"(rest:https?://)([^/@]+(?:/.*)?)", address)
    user, password = (quote(environment.get(key, ""), safe="") for key in REST_LOGIN)
    return f"{found[1]}{user}:{password}@{found[2]}" if found and user else address


def is_local(repository: str) -> bool:
    """Whether restic takes this for a folder of the host."""
    return repository.startswith(("/", "local:"))


def local_path(repository: str) -> str:
    """The folder of a local repository."""
    return repository[len("local:") :] if repository.startswith("local:") else repository
