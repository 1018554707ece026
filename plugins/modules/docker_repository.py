#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_repository
short_description: Set up Docker's own package repository, its key checked before it is trusted
version_added: 0.1.0
description:
  - Fetches the repository's key, compares its fingerprint, has apt read the repository in a folder of its own, and only
    then writes key and repository for apt, as C(/etc/apt/keyrings/docker.asc) and
    C(/etc/apt/sources.list.d/docker.sources). Whatever is wrong, apt works afterwards as it did before.
  - Needs no GnuPG on the host, and no network once both files are right and O(packages) is empty.
  - Leaves everything as it is where another file of apt names the same repository already.
author: the photosync.vps authors (@photosync)
options:
  url:
    description: Address of the repository; its key is expected below it as C(gpg).
    type: str
    required: true
  suite:
    description: Suite of the repository, which is the codename of the distribution.
    type: str
    required: true
  component:
    description: Component of the repository.
    type: str
    default: stable
  architecture:
    description: Debian's name of the host's architecture.
    type: str
    required: true
  fingerprint:
    description: Fingerprint of the only key that is trusted; spaces do not matter.
    type: str
    required: true
  packages:
    description:
      - Packages that are about to be installed, as apt takes them; the repository must have them. The key is fetched
        anew for them, since one of the same fingerprint may have been prolonged.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    description: Fetches and checks key and repository, writes nothing.
  diff_mode:
    support: full
    description: Shows the entry for apt before and after.
"""

EXAMPLES = r"""
- name: Set up Docker's repository
  photosync.vps.docker_repository:
    url: https://download.docker.com/linux/debian
    suite: trixie
    architecture: amd64
    fingerprint: 9DC8 5822 9FC7 DD38 854A E2D8 8D81 803C 0EBF CD88
    packages: ["docker-ce=5:28.5.1*", docker-compose-plugin]
"""

RETURN = r"""
kept:
  description: Files of apt that name the repository already and were left alone.
  returned: success
  type: list
  elements: str
  sample: []
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.host.apt import RepositoryError, fetch_key, try_out
from ansible_collections.photosync.vps.plugins.module_utils.host.repository import (
    Repository,
    other_entries,
    read_bytes,
    read_sources,
)

MODE = 0o644

ARGUMENTS = {
    "url": {"type": "str", "required": True},
    "suite": {"type": "str", "required": True},
    "component": {"type": "str", "default": "stable"},
    "architecture": {"type": "str", "required": True},
    "fingerprint": {"type": "str", "required": True},
    "packages": {"type": "list", "elements": "str", "default": []},
}


def main() -> None:
    """Compare key and repository with what they are to be, try what differs, and write it."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    wanted = dict(module.params)
    packages = wanted.pop("packages")
    repository = Repository(**wanted)
    kept = other_entries(repository, read_sources())
    if kept:
        module.exit_json(changed=False, kept=kept)
    before = read_bytes(repository.source_path).decode("utf-8", "replace")
    try:
        key = trusted_key(repository, before, packages)
    except RepositoryError as error:
        module.fail_json(msg=f"{error}. Nothing was written.")
    files = {repository.key_path: key.decode("utf-8", "replace"), repository.source_path: repository.source_text()}
    stale = {path: text for path, text in files.items() if not is_written(path, text)}
    if not module.check_mode:
        for path, text in stale.items():
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            write_atomically(path, text, MODE)
    header = repository.source_path
    diff = {"before_header": header, "after_header": header, "before": before, "after": files[header]}
    module.exit_json(changed=bool(stale), kept=[], diff=diff)


def trusted_key(repository: Repository, source: str, packages: list) -> bytes:
    """Return the key to trust; raises RepositoryError where a repository that will be asked cannot be used."""
    present = read_bytes(repository.key_path)
    if not packages and not repository.key_fault(present) and source == repository.source_text():
        return present
    key = fetch_key(repository)
    try_out(repository, key, packages)
    return key


def is_written(path: str, text: str) -> bool:
    """Say whether a file holds a text, with the owner and the mode that it is written with."""
    if read_bytes(path) != text.encode():
        return False
    state = os.stat(path)
    return (state.st_uid, state.st_mode & 0o7777) == (0, MODE)


if __name__ == "__main__":
    main()
