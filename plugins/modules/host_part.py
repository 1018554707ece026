#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: host_part
short_description: Note what a stack wants of what all stacks of a host share
version_added: 0.1.0
description:
  - Writes C(/var/lib/photosync/stacks/<stack>.json), the stack's part. The roles bring a host to what all its parts
    come to together, and preflight refuses what it cannot give to all of them.
  - Options of the Docker daemon are noted by M(photosync.vps.docker_daemon), once the daemon has taken them.
  - What is left out stays as it was noted.
author: the photosync.vps authors (@photosync)
options:
  stack:
    description: Name of the stack.
    type: str
    required: true
  state:
    description: V(absent) drops the part of a stack that is gone.
    type: str
    choices: [present, absent]
    default: present
  settings:
    description: Settings of which a host has one value, by name; empty values are no wish.
    type: dict
  packages:
    description: Packages that the stack needs besides those of the engine.
    type: list
    elements: str
  ports:
    description: Ports that the stack publishes.
    type: list
    elements: dict
    suboptions:
      service:
        description: The service that publishes it.
        type: str
        required: true
      port:
        description: Port number on the host.
        type: int
        required: true
      protocol:
        description: Protocol of the port.
        type: str
        choices: [tcp, udp]
        default: tcp
      address:
        description: Address on the host; empty for all of them.
        type: str
        default: ''
  memory_reserved:
    description: Bytes of memory that the stack's services are promised together.
    type: int
  memory_max:
    description: Bytes of memory that the stack's slice lets them take together; V(0) for no limit.
    type: int
attributes:
  check_mode:
    support: full
    description: Says whether the part would change.
  diff_mode:
    support: full
    description: Shows the part before and after, without passwords in addresses.
"""

EXAMPLES = r"""
- name: Note the ports of a stack
  photosync.vps.host_part:
    stack: photo-sync
    ports:
      - service: caddy
        port: 443

- name: Keep nothing for a stack that was removed
  photosync.vps.host_part:
    stack: feeds
    state: absent
"""

RETURN = r""" # """

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.host import parts
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Port

PORT = {
    "service": {"type": "str", "required": True},
    "port": {"type": "int", "required": True},
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
    "address": {"type": "str", "default": ""},
}
ARGUMENTS = {
    "stack": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "settings": {"type": "dict"},
    "packages": {"type": "list", "elements": "str"},
    "ports": {"type": "list", "elements": "dict", "options": PORT},
    "memory_reserved": {"type": "int"},
    "memory_max": {"type": "int"},
}


def main() -> None:
    """Compare the part with what it is to be, and write it where it differs."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    said = dict(module.params)
    stack, state = said.pop("stack"), said.pop("state")
    before, noted = parts.of_stack(stack), parts.is_noted(stack)
    after = parts.changed(before, **asked(said))
    changed = noted if state == "absent" else after != before
    if changed and not module.check_mode:
        if state == "absent":
            parts.drop(stack)
        else:
            parts.note(after)
    path = parts.path(stack)
    module.exit_json(
        changed=changed,
        diff={
            "before_header": path,
            "after_header": path,
            "before": parts.text(before) if noted else "",
            "after": parts.text(after) if state == "present" else "",
        },
    )


def asked(said: dict) -> dict:
    """Return what a task says as a part holds it."""
    if said["ports"] is not None:
        said["ports"] = [Port(**port) for port in said["ports"]]
    if said["settings"] is not None:
        said["settings"] = {name: str(value) for name, value in said["settings"].items()}
    return said


if __name__ == "__main__":
    main()
