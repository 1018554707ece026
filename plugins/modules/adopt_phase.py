#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: adopt_phase
short_description: Do one phase of taking over another deployment
version_added: 0.1.0
description:
  - Taking over is made of phases in a fixed order; V(save) and V(weigh), or V(unpack) for archives, then the stack's
    release is laid on the host and built, then V(stop), V(data), then the stack is started, then V(finish). The role
    P(photosync.vps.adopt#role) calls them.
  - What is done is noted in C(/var/lib/<stack>/adopted/unfinished.json) and not repeated, so that an adoption that
    broke off goes on where it stopped.
author: the photosync.vps authors (@photosync)
options:
  spec:
    description: The stack spec, as the filter P(photosync.vps.stack_spec#filter) makes it.
    type: dict
    required: true
  phase:
    description:
      - V(save) copies files of settings and dumps all databases of the deployment, which goes on serving, into
        C(/var/lib/<stack>/adopted).
      - V(weigh) pulls the images of the stack's database servers, and decides for each whether it takes over the old
        files where they lie, or gets a dump in a new volume. It does the latter where PostgreSQL's major version, the C
        library, the superuser, or the version of a service that migrates its database would be another one.
      - V(unpack) reads archives instead. Each database in one is started where nobody reaches it, and dumped.
      - V(stop) stops the old deployment, and dumps once more what goes through a dump. Containers of a project that has
        the stack's own name are removed, since Compose would take them for its own; V(undo) makes them again.
      - V(data) starts the stack's database servers alone, fills what goes through a dump and compares every row.
        Their passwords are set by M(photosync.vps.stack_deploy).
      - V(finish) removes old containers and networks, and leaves a note in the old folder. Volumes are never removed.
      - V(undo) removes the stack's containers and release, and starts the old deployment again, with its passwords.
        Where nothing was begun it does nothing.
    type: str
    choices: [save, weigh, unpack, stop, data, finish, undo]
    required: true
  project:
    description: The Compose project that is taken over; none where archives are. Needed by V(save).
    type: str
    default: ''
  archives:
    description: The folder of archives on the host. Needed by V(unpack).
    type: path
  images:
    description: Images to read databases in archives with, by the service of the stack; its own images by default.
    type: dict
    default: {}
  timeout:
    description:
      - How long the phase may take, such as V(6h). What runs then is ended, and the phase counts as not done.
      - Empty, each has so long that only what hangs is ended. V(weigh) has three hours and V(finish) one; V(unpack),
        V(stop) and V(data) have six, and a second for each megabyte; V(save), during which the old deployment serves,
        has no limit.
    type: str
    default: ''
attributes:
  check_mode:
    support: full
    description: Does nothing, and says that it would change something.
  diff_mode:
    support: none
    description: What would be taken over is returned by M(photosync.vps.adopt_info).
seealso:
  - module: photosync.vps.adopt_info
"""

EXAMPLES = r"""
- name: Copy what nothing else can bring back
  photosync.vps.adopt_phase:
    spec: "{{ catalogue_resolved | photosync.vps.stack_spec }}"
    phase: save
    project: photo-sync

- name: Start the old deployment again
  photosync.vps.adopt_phase:
    spec: "{{ catalogue_resolved | photosync.vps.stack_spec }}"
    phase: undo
"""

RETURN = r"""
result:
  description: What the phase did; empty when it was done before.
  returned: success
  type: dict
  contains:
    kept:
      description: Files that were copied and databases that were dumped.
      returned: phase is V(save) or V(unpack)
      type: list
      elements: str
    ways:
      description: For each database server the C(way) of taking it over, and C(why).
      returned: phase is V(weigh)
      type: dict
    volumes:
      description: The engine's name that each volume of the stack is to have, for C(stack_volumes).
      returned: phase is V(weigh)
      type: dict
      sample: {immich-data: photos_immich-data}
    stopped:
      description: Services of the old deployment.
      returned: phase is V(stop)
      type: list
      elements: str
    filled:
      description: Databases that were filled from dumps.
      returned: phase is V(data)
      type: list
      elements: str
    undeclared:
      description: Databases that no entry declares; backups hold them all the same.
      returned: phase is V(data)
      type: list
      elements: str
    left:
      description: Volumes that nothing uses any more.
      returned: phase is V(finish)
      type: list
      elements: str
    report:
      description: What was adopted, line by line for people.
      returned: phase is V(finish)
      type: list
      elements: str
    said:
      description: What became of the old deployment, for people.
      returned: phase is V(undo)
      type: str
    started:
      description: Services of the old deployment that run again.
      returned: phase is V(undo)
      type: list
      elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.adoption import phases
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import AdoptionError
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import SpecError
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import of as spec_of
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import Late

ARGUMENTS = {
    "spec": {"type": "dict", "required": True},
    "phase": {
        "type": "str",
        "choices": [*(step.name for step in phases.STEPS), phases.UNDO],
        "required": True,
    },
    "project": {"type": "str", "default": ""},
    "archives": {"type": "path"},
    "images": {"type": "dict", "default": {}},
    "timeout": {"type": "str", "default": ""},
}
FAILURES = (AdoptionError, CommandFailed, DatabaseError, SpecError, Late, ValueError, OSError)


def main() -> None:
    """Do the phase."""
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        required_if=[("phase", "save", ["project"]), ("phase", "unpack", ["archives"])],
        supports_check_mode=True,
    )
    asked = module.params
    if module.check_mode:
        module.exit_json(changed=True, result={})
    try:
        given = (asked[name] for name in ("project", "archives", "images", "timeout"))
        adoption = phases.Adoption(spec_of(asked["spec"]), *given)
        changed, result = adoption.undo() if asked["phase"] == phases.UNDO else adoption.run(asked["phase"])
    except FAILURES as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=changed, result=result)


if __name__ == "__main__":
    main()
