# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the address of a repository says, and the logins that go with it."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Mapping
from urllib.parse import quote

from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError

# What restic keeps repositories in, the form of what follows the colon, and an example.
SCHEMES = {
    "local": (r"/.*", "local:/srv/backup"),
    "sftp": (
        r"//(?:[^/@\s]+@)?(?:\[[0-9a-fA-F:.]+\]|[^/@:\s\[]+)(?::\d+)?//?[^/].*|(?!/)(?:[^/:\s]+@)?[^/@:\s]+:(?!~).+",
        "sftp:user@host:/folder or sftp://user@host:2222//folder",
    ),
    "rest": (r"https?://[^/\s]+(?:/\S*)?|http\+unix://\S+", "rest:https://host:8000/"),
    "s3": (r"(?:(?:https?:)?//)?[^/:\s]+(?::\d+)?/[^/\s]\S*", "s3:https://host/bucket"),
    "b2": (r"[A-Za-z0-9-]+(?::.*)?", "b2:bucket:folder"),
    "azure": (r"[^/:\s]+:.*", "azure:container:/folder"),
    "gs": (r"[^/:\s]+:.*", "gs:bucket:/folder"),
    "swift": (r"[^/:\s]+:.*", "swift:container:/folder"),
    "rclone": (r"[^/:\s][^/:]*:.*", "rclone:remote:folder"),
}
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


def fault(repository: str) -> str:
    """Why restic could keep nothing there, wherever it is called; empty where it can. No password is quoted."""
    if not repository.strip() or repository != repository.strip() or not repository.isprintable():
        return "it is empty, or holds a line break or space at an end"
    if repository.startswith("/"):
        return ""
    scheme, colon, rest = repository.partition(":")
    if not colon or "/" in scheme:
        return "it is relative to wherever somebody calls restic: write the whole path, /srv/backup for example"
    if scheme in SCHEMES:
        form, example = SCHEMES[scheme]
        return "" if re.fullmatch(form, rest) else f"restic needs the form {example}"
    if rest.startswith("//") and scheme in ("http", "https"):
        return f"restic has no {scheme}:, did you mean rest:{scheme}://… or s3:{scheme}://…?"
    close = difflib.get_close_matches(scheme.lower(), SCHEMES, 1)
    if close:
        return f"restic has no {scheme}:, did you mean {close[0]}:?"
    if "@" in scheme or rest.startswith("/"):
        return f"restic knows no place of this form, did you mean {SCHEMES['sftp'][1]}?"
    return f"restic knows no place of this form; it has {', '.join(f'{name}:' for name in SCHEMES)} or a whole path"


def same_place(repository: str) -> str:
    """The address as it is compared with others: a folder is the same with and without ``local:`` and a slash."""
    if is_local(repository):
        return posixpath.normpath("/" + local_path(repository).lstrip("/"))
    return repository.rstrip("/")
