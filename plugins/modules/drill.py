#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: drill
short_description: Restore a point beside the stack that serves, prove it, and take it away
version_added: 0.1.0
description:
  - Restores a restore point into a Compose project C(<stack>-drill) with the phases of a real restore, while the stack
    goes on serving. What it starts has volumes of its own, an internal network without a way out, no published ports,
    certificates from Caddy's internal authority, and a slice of its own within the stack's memory.
  - Compares every row and every file with the point's manifest, starts everything and waits until it is healthy. Then
    all of it is taken away, whether it went well or not. What a drill that was killed has left goes with the next drill
    or backup.
  - The outcome is kept in C(/var/lib/<stack>/drill.json). Its duration is what the next restore is expected to take.
  - A failure is told as C(backup_on_failure) and C(backup_notifications) of the role P(photosync.vps.backup#role) say.
author: the photosync.vps authors (@photosync)
extends_documentation_fragment:
  - photosync.vps.watched
options:
  stack:
    description: Name of the stack.
    type: str
    default: photo-sync
  point:
    description:
      - ID of the point or its beginning, or a time; V(latest) is the newest complete one of this stack.
    type: str
    default: latest
  repository:
    description: The repository that it comes from, by name or number; the first when empty.
    type: str
    default: ""
requirements:
  - restic 0.17 or newer
attributes:
  check_mode:
    support: full
    description: Nothing is drilled.
  diff_mode:
    support: none
    description: Nothing stays.
seealso:
  - module: photosync.vps.restore_phase
"""

EXAMPLES = r"""
- name: See whether the latest point can be restored, and how long it takes
  photosync.vps.drill:
  register: drilled

- name: The same with what is kept far away
  photosync.vps.drill:
    repository: away
"""

RETURN = r"""
outcome:
  description: What came of it; empty in check mode.
  returned: success
  type: dict
  contains:
    ok:
      description: Whether the point was restored, proved and served.
      type: bool
    point:
      description: ID of the point.
      type: str
      sample: 20261123T030000Z-3f9a
    repository:
      description: Where it came from.
      type: str
      sample: first
    started:
      description: When it began.
      type: str
    finished:
      description: When everything was gone again.
      type: str
    seconds:
      description: What all phases took.
      type: float
    phases:
      description: What each phase took, in seconds.
      type: dict
    compared:
      description: How many databases, tables, rows, volumes, files and bytes were found the same.
      type: dict
text:
  description: The outcome for people.
  returned: success
  type: str
progress:
  description: What was done, in order.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.backup import config
from ansible_collections.photosync.vps.plugins.module_utils.common.progress import WATCHED, ProgressFile
from ansible_collections.photosync.vps.plugins.module_utils.deploy import converge, health_gate, proxy
from ansible_collections.photosync.vps.plugins.module_utils.drill import result
from ansible_collections.photosync.vps.plugins.module_utils.operations import jobs
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.stack import spec as documents
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import SpecError

ARGUMENTS = {
    "stack": {"type": "str", "default": "photo-sync"},
    "point": {"type": "str", "default": "latest"},
    "repository": {"type": "str", "default": ""},
    **WATCHED,
}
FAILURES = (
    SpecError,
    converge.ConvergeFailed,
    health_gate.Unhealthy,
    proxy.InvalidCaddyfile,
    *restore.FAILURES,
)


def main() -> None:
    """Drill, unless it is only asked what would be done."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    asked = module.params
    if module.check_mode:
        module.exit_json(changed=False, outcome={}, text="a drill would be done", progress=[])
    with ProgressFile(asked["progress"] or "") as progress:
        try:
            spec = documents.load(documents.path_of(asked["stack"]))
            where = config.load(config.path_of(asked["stack"]))
            outcome = jobs.drill(spec, where, progress.tell, asked["point"], asked["repository"])
        except FAILURES as error:
            module.fail_json(msg=str(error), progress=progress.lines)
    module.exit_json(changed=False, outcome=outcome, text=result.sentence(outcome), progress=progress.lines)


if __name__ == "__main__":
    main()
