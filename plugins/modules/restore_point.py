#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_point
short_description: Make restore points of a stack while it goes on serving
version_added: 0.1.0
description:
  - A restore point binds all databases, saved volumes, configuration and secrets of a stack together under one ID. Its
    manifest, stored last, says what belongs to it and makes it one; whatever breaks off before leaves no point.
  - Databases are dumped with their own server's tools and saved before files. Nothing is stopped.
  - Reads what the stack is from C(/opt/<stack>/current/stack.json) and where points are kept from
    C(/etc/<stack>/backup.json).
  - Refuses to add to a repository that holds points of this stack when this host has neither added to it before nor
    been restored from it, since a stack set up anew would then become the latest point.
author: the photosync.vps authors (@photosync)
extends_documentation_fragment:
  - photosync.vps.watched
options:
  stack:
    description: Name of the stack.
    type: str
    default: photo-sync
  state:
    description:
      - V(present) sees to it that there is a complete restore point that was verified on this host.
      - V(created) makes one now and verifies it.
    type: str
    choices: [present, created]
    default: present
  reason:
    description: Why it is made; kept in its manifest.
    type: str
requirements:
  - restic 0.17 or newer
  - the stack's database servers run
attributes:
  check_mode:
    support: full
    description: Looks into the repository without locking it. On a host without a release a point would be made.
  diff_mode:
    support: none
    description: There is no text to compare.
seealso:
  - module: photosync.vps.restore_point_info
  - module: photosync.vps.restore_phase
"""

EXAMPLES = r"""
- name: Have one verified restore point at least
  photosync.vps.restore_point:

- name: Save everything before a risky change
  photosync.vps.restore_point:
    state: created
    reason: before the upgrade to Immich 3
"""

RETURN = r"""
point:
  description: ID of the restore point; empty in check mode when one would be made.
  returned: success
  type: str
  sample: 20261123T030000Z-3f9a
created:
  description: Whether it was made now.
  returned: success
  type: bool
verified:
  description: Whether it was verified now; the record of an earlier verification is relied on otherwise.
  returned: success
  type: bool
copies:
  description: Copies that were brought up to date now, as C(<stack> backup --json) tells of them; a failure also warns.
  returned: success
  type: list
  elements: dict
suspect:
  description: What has collapsed in a point that was made now against the one before; also warned of.
  returned: success
  type: list
  elements: str
left_out:
  description: What a point that was made now does not hold although it is on the host, and why, each in words.
  returned: success
  type: list
  elements: str
progress:
  description: What was done, in order.
  returned: success
  type: list
  elements: str
  sample: ["volume immich-data: 61 files, 57.2 MiB"]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.backup import anomaly, config
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.common.progress import WATCHED, ProgressFile
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.operations import ensure
from ansible_collections.photosync.vps.plugins.module_utils.restic import client
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.stack import spec as documents
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import SpecError

ARGUMENTS = {
    "stack": {"type": "str", "default": "photo-sync"},
    "state": {"type": "str", "choices": ["present", "created"], "default": "present"},
    "reason": {"type": "str"},
    **WATCHED,
}
FAILURES = (SpecError, config.PointError, DatabaseError, CommandFailed, ResticError)


def main() -> None:
    """Do what is asked, or say what would be done."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    asked = module.params
    with ProgressFile("" if module.check_mode else asked["progress"] or "") as progress:
        try:
            found = look(asked) if module.check_mode else act(asked, progress.tell)
        except FAILURES as error:
            module.fail_json(msg=str(error), progress=progress.lines)
    for copy in found["copies"]:
        if copy["error"]:
            module.warn("the restore point is not in repository {name}: {error}".format(**copy))
    if found["suspect"]:
        module.warn(anomaly.complaint(found["point"], found["suspect"]))
    module.exit_json(changed=found["created"], progress=progress.lines, **found)


def look(asked: dict[str, Any]) -> dict[str, Any]:
    """What would be done; without restic, a release or settings everything would."""
    would = {"point": "", "created": True, "verified": True, "copies": [], "suspect": [], "left_out": []}
    if asked["state"] == "created" or not client.installed()["sufficient"]:
        return would
    try:
        spec = documents.load(documents.path_of(asked["stack"]))
        point, known = ensure.relied_on(spec, config.load(config.path_of(asked["stack"])))
    except (SpecError, config.Missing):
        return would
    return would if point is None else {**would, "point": point, "created": False, "verified": not known}


def act(asked: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Make and verify what is missing."""
    spec = documents.load(documents.path_of(asked["stack"]))
    where = config.load(config.path_of(asked["stack"]))
    make = ensure.made if asked["state"] == "created" else ensure.present
    return make(spec, where, asked["reason"], progress)


if __name__ == "__main__":
    main()
