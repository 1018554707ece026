# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Have apt try a repository beside those of the host, so that one that cannot be used never gets among them.

apt itself fetches the key too: it knows the host's proxies and certificates.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.host.repository import (
    Repository,
    parse_madison,
    read_bytes,
    unavailable,
)

HELPER = "/usr/lib/apt/apt-helper"
PATIENCE_SECONDS = 20
TRANSPORT = (
    "-o=Acquire::Retries=1",
    f"-o=Acquire::http::Timeout={PATIENCE_SECONDS}",
    f"-o=Acquire::https::Timeout={PATIENCE_SECONDS}",
)
ENGLISH = {"LC_ALL": "C.UTF-8"}


class RepositoryError(Exception):
    """A repository cannot be used; the message says why and which settings to look at. Nothing was written."""


def fetch_key(repository: Repository) -> bytes:
    """Return the repository's key; raises RepositoryError when it cannot be had or is not the one that is trusted."""
    address = repository.url + "/gpg"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "key")
        try:
            run([HELPER, *TRANSPORT, "download-file", address, path], env=ENGLISH)
        except CommandFailed as error:
            raise _unusable("Docker's key cannot be fetched", error) from error
        key = read_bytes(path)
    fault = repository.key_fault(key)
    if fault:
        raise RepositoryError(
            f"the key at {address} is not trusted: {fault}. Set docker_key_fingerprint only if you know from another"
            " source that the key has changed"
        )
    return key


def try_out(repository: Repository, key: bytes, packages: Sequence[str]) -> None:
    """Have apt read the repository, and find ``packages`` in it; raises RepositoryError when it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        # apt reads as a user of its own.
        os.chmod(folder, 0o755)
        options = _beside(repository, key, folder)
        try:
            run(["apt-get", *options, "--quiet", "update"], env=ENGLISH)
        except CommandFailed as error:
            raise _unusable("Docker's repository cannot be used", error) from error
        names = sorted({text.partition("=")[0] for text in packages})
        versions = parse_madison(run(["apt-cache", *options, "madison", *names]).stdout) if names else {}
    missing = unavailable(packages, versions)
    if missing:
        raise RepositoryError(_missing(repository, missing[0], versions))


def _beside(repository: Repository, key: bytes, folder: str) -> list[str]:
    """Return options that make apt know this repository alone, and keep all it writes in ``folder``."""
    key_path, source_path = os.path.join(folder, "docker.asc"), os.path.join(folder, "docker.sources")
    parts, lists = os.path.join(folder, "parts"), os.path.join(folder, "lists")
    for path, content in ((key_path, key), (source_path, repository.source_text(key_path).encode())):
        with open(path, "wb") as stream:
            stream.write(content)
        os.chmod(path, 0o644)
    for path in (parts, lists):
        os.mkdir(path, 0o755)
    return [
        f"-o=Dir::Etc::SourceList={source_path}",
        f"-o=Dir::Etc::SourceParts={parts}",
        f"-o=Dir::State::Lists={lists}",
        "-o=Dir::Cache::pkgcache=",
        "-o=Dir::Cache::srcpkgcache=",
        # Else what cannot be fetched is only a warning.
        "-o=APT::Update::Error-Mode=any",
        *TRANSPORT,
    ]


def _unusable(what: str, error: CommandFailed) -> RepositoryError:
    return RepositoryError(
        f"{what}, says apt:\n{complaints(error.stderr)}\nSet docker_repository_url to one that this host reaches"
        " and that the key of docker_key_fingerprint has signed, or set docker_source: distribution"
    )


def complaints(said: str) -> str:
    """Return what apt complains of, each once, without what follows from it."""
    lines = [line for line in said.splitlines() if line[:2] in ("E:", "W:") and "Some index files failed" not in line]
    return "\n".join(dict.fromkeys(lines)) or said.strip()


def _missing(repository: Repository, package: str, versions: Mapping[str, Sequence[str]]) -> str:
    name, _equals, wanted = package.partition("=")
    place = f"{repository.url} {repository.suite} ({repository.architecture})"
    if name not in versions:
        return f"{place} has no package {name}; set docker_repository_url to a complete mirror"
    return "docker_version asks for {0} {1}, {2} has {3}; name one of these, or leave docker_version empty".format(
        name, wanted, place, ", ".join(versions[name][:10])
    )
