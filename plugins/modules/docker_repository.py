#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_repository
short_description: Set up Docker's own package repository, its key checked before it is trusted
version_added: 0.1.0
description:
  - Fetches the repository's key, compares its fingerprint, and only then writes key and repository for apt, as
    C(/etc/apt/keyrings/docker.asc) and C(/etc/apt/sources.list.d/docker.sources).
  - Needs no GnuPG on the host, and no network once both files are right.
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
attributes:
  check_mode:
    support: full
    description: Fetches and checks the key, writes nothing.
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
from typing import Tuple

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url
from ansible_collections.photosync.vps.plugins.module_utils.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.host.repository import (
    Repository,
    other_entries,
    read_bytes,
    read_sources,
)

MODE = 0o644
FETCH_SECONDS = 30

ARGUMENTS = {
    "url": {"type": "str", "required": True},
    "suite": {"type": "str", "required": True},
    "component": {"type": "str", "default": "stable"},
    "architecture": {"type": "str", "required": True},
    "fingerprint": {"type": "str", "required": True},
}


def main() -> None:
    """Compare key and repository with what they are to be, and write what differs."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    repository = Repository(**module.params)
    kept = other_entries(repository, read_sources())
    if kept:
        module.exit_json(changed=False, kept=kept)
    key, key_is_new = trusted_key(module, repository)
    before, after = read_bytes(repository.source_path).decode("utf-8", "replace"), repository.source_text()
    wanted = [(repository.key_path, key, key_is_new), (repository.source_path, after, before != after)]
    stale = [(path, text) for path, text, differs in wanted if differs or not is_ours(path)]
    if not module.check_mode:
        for path, text in stale:
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            write_atomically(path, text, MODE)
    header = repository.source_path
    diff = {"before_header": header, "after_header": header, "before": before, "after": after}
    module.exit_json(changed=bool(stale), kept=[], diff=diff)


def trusted_key(module: AnsibleModule, repository: Repository) -> Tuple[str, bool]:
    """Return the text of the trusted key, and whether it had to be fetched."""
    present = read_bytes(repository.key_path)
    if not repository.key_fault(present):
        return present.decode("ascii"), False
    address = repository.url.rstrip("/") + "/gpg"
    try:
        fetched = open_url(address, timeout=FETCH_SECONDS).read()
    except Exception as error:  # every kind of transport and TLS has errors of its own
        module.fail_json(
            msg="cannot fetch Docker's key from {0}: {1}. Check the host's way out, or set docker_repository_url to a "
            "mirror, or docker_source: distribution".format(address, error)
        )
    fault = repository.key_fault(fetched)
    if fault:
        module.fail_json(
            msg="the key at {0} is not trusted: {1}. Nothing was written. Set docker_key_fingerprint only if you know "
            "from another source that the key has changed".format(address, fault)
        )
    return fetched.decode("ascii"), True


def is_ours(path: str) -> bool:
    """Say whether a file has the owner and the mode that it was written with."""
    if not os.path.exists(path):
        return False
    state = os.stat(path)
    return (state.st_uid, state.st_mode & 0o7777) == (0, MODE)


if __name__ == "__main__":
    main()
