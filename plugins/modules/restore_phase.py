#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_phase
short_description: Do one phase of restoring a stack from a restore point
version_added: 0.1.0
description:
  - A restore is made of phases in a fixed order; V(plan), V(verify), V(stop), V(files), V(databases), V(prove), then
    the stack is started, then V(finish). The role P(photosync.vps.restore#role) calls them.
  - What is finished is noted in C(/var/lib/<stack>/restore/<point>.json) and not repeated, so that a restore that broke
    off goes on where it stopped, for 24 hours.
  - Trusts the point's own manifest for what belongs to it, and the release on this host for where it goes.
author: the photosync.vps authors (@photosync)
options:
  stack:
    description: Name of the stack.
    type: str
    default: photo-sync
  phase:
    description:
      - V(plan) says what would be replaced by what, and fails where data would be overwritten without O(confirm), where
        a part of the point has no place here, or where the disk is too small. It changes nothing. Before
        there is a release on this host, it looks for data in every volume of the stack's name.
      - V(verify) looks whether every part of the point is in the repository and has restic check the repository.
      - V(stop) stops the stack's containers.
      - V(files) makes each saved volume what it was, with owners and modes; what is in it besides is removed.
      - V(databases) starts the database servers alone, restores each dump into a new database, and renames them into
        place once all are whole. What was there stays aside until V(finish).
      - V(prove) counts the rows of every table and reads every file, and returns what differs from the manifest. While
        services run, rows and files that were added since, and files that services are known to rewrite, do not count.
      - V(finish) drops the databases that were set aside, closes the journal, and lets this host add points to the
        repository.
      - V(configuration) lays the saved configuration and secrets into a folder beside the journal, to be looked at.
    type: str
    choices: [plan, verify, stop, files, databases, prove, finish, configuration]
    required: true
  point:
    description: ID of the point or its beginning; V(latest) is the newest complete one of this stack.
    type: str
    default: latest
  confirm:
    description: C(<stack>@<host>), needed by V(plan) where data is to be replaced.
    type: str
requirements:
  - restic 0.17 or newer
attributes:
  check_mode:
    support: partial
    description: Can run in C(check_mode) and tells what it would do, without doing it.
    details:
      - V(plan) and V(prove) do the same as always; the others do nothing and say whether they would.
      - On a host without restic, Docker or a release nothing can be looked at, and an empty result is returned.
  diff_mode:
    support: none
    description: What would be replaced is returned by V(plan).
seealso:
  - module: photosync.vps.restore_point
"""

EXAMPLES = r"""
- name: Say what restoring the latest point would replace
  photosync.vps.restore_phase:
    phase: plan
    confirm: photo-sync@web1
  register: plan

- name: Compare what is here with a point
  photosync.vps.restore_phase:
    phase: prove
    point: 20261123T030000Z-3f9a
  register: proof
  failed_when: proof.result.differences | length > 0
"""

RETURN = r"""
point:
  description: ID of the point.
  returned: success
  type: str
  sample: 20261123T030000Z-3f9a
phase:
  description: The phase.
  returned: success
  type: str
result:
  description: What the phase found or did.
  returned: success
  type: dict
  contains:
    replaces:
      description: What is on this host and would be replaced, in words.
      returned: phase is V(plan)
      type: list
      elements: str
    differences:
      description: What is not as it was saved, as C(kind), C(where), C(what), C(expected), C(found) and C(message).
      returned: phase is V(prove)
      type: list
      elements: dict
    compared:
      description: How many databases, tables, rows, volumes, files and bytes were compared.
      returned: phase is V(prove)
      type: dict
progress:
  description: What was done, in order.
  returned: success
  type: list
  elements: str
"""

import os
import shutil
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils import document as documents
from ansible_collections.photosync.vps.plugins.module_utils.databases import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.points import guard, phases, restore, settings
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.restic import ResticError

ARGUMENTS = {
    "stack": {"type": "str", "default": "photo-sync"},
    "phase": {
        "type": "str",
        "choices": ["plan", "verify", "stop", "files", "databases", "prove", "finish", "configuration"],
        "required": True,
    },
    "point": {"type": "str", "default": "latest"},
    "confirm": {"type": "str"},
}
FAILURES = (documents.DocumentError, settings.PointError, DatabaseError, CommandFailed, ResticError)


def describe(stack: str) -> dict[str, Any]:
    """The deployed release; where there is none yet, what a plan can go by."""
    path = documents.path_of(stack)
    return documents.load(path) if os.path.exists(path) else guard.bare(stack)


def nothing(phase: str) -> dict[str, Any]:
    """The answer of a check on a host that has nothing yet to look at."""
    return {"changed": phase not in phases.LOOKING, "point": "", "phase": phase, "result": {}}


def main() -> None:
    """Do the phase."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    asked = module.params
    progress: list[str] = []
    if module.check_mode and not all(shutil.which(tool) for tool in ("restic", "docker")):
        module.exit_json(progress=progress, **nothing(asked["phase"]))
    try:
        document = describe(asked["stack"])
        if module.check_mode and "bare" in document and asked["phase"] != "plan":
            module.exit_json(progress=progress, **nothing(asked["phase"]))
        done = restore.run(
            asked["phase"],
            document,
            settings.load(settings.path_of(asked["stack"])),
            asked["point"],
            asked["confirm"],
            progress.append,
            dry_run=module.check_mode,
        )
    except FAILURES as error:
        module.fail_json(msg=str(error), progress=progress)
    module.exit_json(progress=progress, **done)


if __name__ == "__main__":
    main()
