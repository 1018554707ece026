#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_up
short_description: Converge the containers of a stack on its deployed release
version_added: 0.1.0
description:
  - Starts database servers that do not serve yet, makes the databases that are missing, then starts, replaces and
    removes containers until they are what the deployed release says.
  - Waits only for what services wait for themselves (C(depends_on)). Whether the stack as a whole is healthy is the
    question of M(photosync.vps.healthcheck).
author:
  - The photosync.vps authors (@photosync)
options:
  stack:
    description: Name of the stack, whose release lies in C(/opt/<stack>/current).
    type: str
    required: true
  services:
    description: Only these services and what they depend on. All when empty.
    type: list
    elements: str
    default: []
  release_changed:
    description:
      - Whether a new release is about to be switched to. In check mode it cannot be there yet, so that the module
        tells of a change without asking Docker Compose for its plan.
    type: bool
    default: false
requirements:
  - Docker Compose 2.20 or later on the host
attributes:
  check_mode:
    support: full
    description: Tells what would change, from Docker Compose's own dry run, without changing it.
  diff_mode:
    support: none
    description: Shows no difference.
"""

EXAMPLES = r"""
- name: Start what is missing, replace what differs, remove what is gone
  photosync.vps.stack_up:
    stack: photo-sync
"""

RETURN = r"""
started:
  description: Services whose containers are new or run again.
  type: list
  elements: str
  returned: when not in check mode
  sample: [caddy, web-ui]
reloaded:
  description: The entry point, when it had to read a changed configuration.
  type: list
  elements: str
  returned: when not in check mode
removed:
  description: Services whose containers are gone, since the release has them no more.
  type: list
  elements: str
  returned: when not in check mode
databases:
  description: Databases made, each as C(server/name).
  type: list
  elements: str
  returned: when not in check mode
  sample: [custom-postgres/grouping]
planned:
  description: What Docker Compose would do.
  type: list
  elements: str
  returned: in check mode
  sample: [Container photo-sync-caddy-1 Recreate]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils import compose, converge
from ansible_collections.photosync.vps.plugins.module_utils.databases import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.document import DocumentError, load, path_of
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed

ARGUMENTS = {
    "stack": {"type": "str", "required": True},
    "services": {"type": "list", "elements": "str", "default": []},
    "release_changed": {"type": "bool", "default": False},
}


def plan(stack, services, release_changed):
    """What a run would do, as the module's result."""
    if release_changed:
        return {"changed": True, "planned": ["converge on the new release"]}
    try:
        document = load(path_of(stack))
    except DocumentError:
        return {"changed": True, "planned": ["start the first release"]}
    planned = compose.planned(document, services)
    return {"changed": bool(planned), "planned": planned}


def converged(stack, services):
    """Converge, and tell what is different from before."""
    done = converge.up(load(path_of(stack)), services)
    return {
        "changed": done.changed,
        "started": done.started,
        "removed": done.removed,
        "reloaded": done.reloaded,
        "databases": done.databases,
    }


def main():
    """Plan in check mode, converge otherwise."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    given = module.params
    try:
        if module.check_mode:
            result = plan(given["stack"], given["services"], given["release_changed"])
        else:
            result = converged(given["stack"], given["services"])
    except (CommandFailed, DatabaseError, DocumentError, converge.ConvergeFailed) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
