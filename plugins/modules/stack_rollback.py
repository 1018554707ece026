#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_rollback
short_description: Go back to a release that is kept on the host
version_added: 0.1.0
description:
  - Makes a kept release the one that serves, as M(photosync.vps.stack_deploy) does with a new one. Where it does not
    become healthy, the release that served before comes back.
  - Goes back in software only; data stays as it is. While a restore is half done it is refused.
  - The inventory still describes the other release. Its next deployment brings that back.
  - Its action plugin shows how it goes while it runs.
author:
  - The photosync.vps authors (@photosync)
extends_documentation_fragment:
  - photosync.vps.deployment
  - photosync.vps.watched
options:
  release:
    description:
      - Digest of the release or the beginning of it; V(previous) is the last healthy one before the present.
    type: str
    default: previous
  accept_migrated_data:
    description:
      - Go back even where a service that declares C(migrates_data) would get another image. The old version may not be
        able to read what the new one made of its data.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Names the release, and refuses what it would refuse.
  diff_mode:
    support: none
    description: Shows no difference.
seealso:
  - module: photosync.vps.stack_deploy
"""

EXAMPLES = r"""
- name: Go back to the release that was healthy before
  photosync.vps.stack_rollback:
    stack: photo-sync
"""

RETURN = r"""
release:
  description: The release that serves now.
  type: str
  returned: success
  sample: 3f6c1d20a8be
started:
  description: Services whose containers are new or run again.
  type: list
  elements: str
  returned: success, not in check mode
progress:
  description: How it went, line by line.
  type: list
  elements: str
  returned: not in check mode
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.common.progress import WATCHED, ProgressFile
from ansible_collections.photosync.vps.plugins.module_utils.deploy import rollback, rollout
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import of_stack
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import SpecError
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

ARGUMENTS = {
    "stack": {"type": "str", "required": True},
    "release": {"type": "str", "default": rollback.PREVIOUS},
    "accept_migrated_data": {"type": "bool", "default": False},
    "timeout": {"type": "float", "default": 300.0},
    "certificate_timeout": {"type": "float", "default": 60.0},
    "lock_wait": {"type": "float", "default": 300.0},
    **WATCHED,
}


def main():
    """Choose, refuse or go back."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    given = module.params
    layout = of_stack(given["stack"])
    try:
        rollout.refuse(layout)
        name = rollback.target(layout, given["release"], given["accept_migrated_data"])
    except (rollback.CannotGoBack, unfinished.HalfRestored, SpecError) as error:
        module.fail_json(msg=str(error))
    if module.check_mode:
        module.exit_json(changed=name != layout.current_digest(), release=name)
    asked = {key: given[key] for key in ("who", "timeout", "certificate_timeout", "lock_wait")}
    with ProgressFile(given["progress"] or "") as progress:
        try:
            done = rollout.roll_out(layout, rollout.Request(name, safety_point=False, **asked), progress.tell)
        except (rollout.RolloutFailed, *rollout.BEFORE_THE_SWITCH) as error:
            module.fail_json(msg=str(error), progress=progress.lines)
    if done.notice:
        module.warn(done.notice)
    module.exit_json(changed=done.changed, release=name, started=done.converged.started, progress=progress.lines)


if __name__ == "__main__":
    main()
