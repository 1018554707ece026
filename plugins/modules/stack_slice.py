#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_slice
short_description: Limit what all containers of a stack take together
version_added: 0.1.0
description:
  - Writes the systemd slice under which Docker runs a stack's containers (Compose's C(cgroup_parent)).
  - A changed limit holds at once, for containers that run already too.
  - The slice needs not be started or enabled, since Docker's first container in it does that.
author: the photosync.vps authors (@photosync)
options:
  name:
    description: Name of the slice, with its ending C(.slice).
    type: str
    required: true
  memory_max:
    description: Bytes of memory for all containers together; no limit when left out.
    type: int
  tasks_max:
    description: Processes and threads of all containers together; no limit when left out.
    type: int
attributes:
  check_mode:
    support: full
    description: Says whether the slice would change.
  diff_mode:
    support: full
    description: Shows the unit file before and after.
"""

EXAMPLES = r"""
- name: Keep the stack within 15 GiB
  photosync.vps.stack_slice:
    name: photo-sync.slice
    memory_max: 16106127360
    tasks_max: 8192
"""

RETURN = r"""
overruled:
  description: Limits that drop-in files of the host's owner set differently (MemoryMax, TasksMax).
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.host import slices

ARGUMENTS = {
    "name": {"type": "str", "required": True},
    "memory_max": {"type": "int"},
    "tasks_max": {"type": "int"},
}


def main() -> None:
    """Compare the unit file with what it is to be, and write it where it differs."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    wanted = slices.Slice(**module.params)
    before, after = slices.read(wanted.path), wanted.text()
    shown = slices.shown(wanted.name)
    changed = before != after or not slices.is_safe(wanted.path) or shown.get("NeedDaemonReload") == "yes"
    if changed and not module.check_mode:
        slices.write(wanted, active=shown.get("ActiveState") == "active")
        shown = slices.shown(wanted.name)
    overruled = [] if module.check_mode else wanted.overruled(shown)
    if overruled:
        module.warn("{0}: {1} set by {2}".format(wanted.name, ", ".join(overruled), shown.get("DropInPaths")))
    diff = {"before_header": wanted.path, "after_header": wanted.path, "before": before, "after": after}
    module.exit_json(changed=changed, overruled=overruled, diff=diff)


if __name__ == "__main__":
    main()
