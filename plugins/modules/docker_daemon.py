#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: docker_daemon
short_description: Keep the Docker daemon running with the options it is to have
version_added: 0.1.0
description:
  - Merges options into C(/etc/docker/daemon.json). What the host's owner set there stays, what this module set and
    somebody changed is repaired, and what it set and no stack of the host asks for any longer goes.
  - Several stacks may share the host. What each asks for is noted there, and C(daemon.json) has what all of them ask
    for. Lists of registries, mirrors and labels are joined; two stacks that want different values of another option are
    an error that names both, and nothing is changed.
  - Has C(dockerd) validate the result before it replaces the file, and puts the earlier file back when the daemon does
    not start with the new one.
  - Reloads the daemon where that is enough and restarts it where it is not. When containers run and live-restore is
    asked for, it comes into force first, so that they outlive the restart.
  - Enables and starts the daemon's service.
author: the photosync.vps authors (@photosync)
options:
  stack:
    description: The stack that asks for O(options).
    type: str
    required: true
  defaults:
    description:
      - Options to set unless the host's owner set them differently.
      - Entries of C(exec-opts) are merged by their name and always set.
    type: dict
    default: {}
  options:
    description: All options that the stack wants, whatever stands there; they win over O(defaults).
    type: dict
    default: {}
attributes:
  check_mode:
    support: full
    description: On a host without an engine it reports what would be written.
  diff_mode:
    support: full
    description: Shows C(daemon.json), and what the stack asks for, before and after, without passwords in addresses.
"""

EXAMPLES = r"""
- name: Trust a registry in the local network
  photosync.vps.docker_daemon:
    stack: photo-sync
    defaults:
      live-restore: true
    options:
      insecure-registries: ["registry.example.internal:5000"]
"""

RETURN = r"""
measures:
  description: What the daemon needed, or would need in check mode, in order; enable, start, reload or restart.
  returned: success
  type: list
  elements: str
  sample: [reload]
engine_version:
  description: Version of the running engine; empty in check mode on a host that has none yet.
  returned: success
  type: str
  sample: 28.5.1
"""

import contextlib

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.common.lock import Busy
from ansible_collections.photosync.vps.plugins.module_utils.host import daemon, daemon_control, parts

ARGUMENTS = {
    "stack": {"type": "str", "required": True},
    "defaults": {"type": "dict", "default": {}},
    "options": {"type": "dict", "default": {}},
}


def main() -> None:
    """Compare, then apply unless in check mode."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    try:
        with contextlib.nullcontext() if module.check_mode else parts.held():
            state = daemon_control.read_state(module.params["stack"])
            todo = daemon_control.plan(state, module.params["defaults"], module.params["options"])
            if not module.check_mode:
                daemon_control.apply(state, todo)
    except (daemon_control.DaemonError, parts.ConflictError, Busy) as error:
        module.fail_json(msg=str(error))
    known = state.running.version or module.check_mode
    module.exit_json(
        changed=todo.changes,
        measures=measures(state, todo),
        engine_version=state.running.version if known else daemon_control.version(),
        diff=[
            shown(daemon_control.CONFIG, daemon.masked(state.text), daemon.masked(todo.text)),
            shown(parts.path(todo.part.stack), parts.text(state.part), parts.text(todo.part)),
        ],
    )


def shown(path: str, before: str, after: str) -> dict:
    """Return a file's part of the diff."""
    return {"before_header": path, "after_header": path, "before": before, "after": after}


def measures(state: daemon_control.State, todo: daemon_control.Plan) -> list:
    """Return what is done to the daemon, in order."""
    first = [name for name, wanted in (("enable", todo.enable), ("start", todo.start)) if wanted]
    return first + daemon.steps(todo.measure, todo.options, state.running)


if __name__ == "__main__":
    main()
