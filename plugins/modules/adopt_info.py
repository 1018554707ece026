#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: adopt_info
short_description: Say what a stack could take over of another deployment on its host
version_added: 0.1.0
description:
  - Looks for a Compose project that holds most of the stack's volumes or has its name, for its settings, and for
    everything that forbids taking it over.
  - Passwords are neither read nor returned.
  - Changes nothing. Containers that look into images reach no network and are removed at once.
author: the photosync.vps authors (@photosync)
options:
  spec:
    description: The stack spec, as the filter P(photosync.vps.stack_spec#filter) makes it.
    type: dict
    required: true
  project:
    description: The Compose project, where more than one could be meant or none is found by itself.
    type: str
    default: ''
  archives:
    description: A folder on the host with archives that photo-sync's own backup script made, to import instead.
    type: path
attributes:
  check_mode:
    support: full
    description: It only looks.
  diff_mode:
    support: none
    description: It changes nothing.
seealso:
  - module: photosync.vps.adopt_phase
"""

EXAMPLES = r"""
- name: Look for what could be taken over
  photosync.vps.adopt_info:
    spec: "{{ catalogue_resolved | photosync.vps.stack_spec }}"
  register: found

- name: Show it
  ansible.builtin.debug:
    var: found.report
"""

RETURN = r"""
ready:
  description: Whether there is something to take over. If not, RV(problems) says why, or all is done already.
  returned: success
  type: bool
project:
  description: The Compose project; empty where archives are imported.
  returned: success
  type: str
  sample: photo-sync
report:
  description: What was found and how each part would be taken over, as lines.
  returned: success
  type: list
  elements: str
settings:
  description: Settings of the old deployment as C(variable) of an inventory, C(value) and C(origin). No secrets.
  returned: success
  type: list
  elements: dict
  sample:
    - {variable: stack_domain, value: photos.my-family.net, origin: .env.prod}
problems:
  description: What has to be put right before.
  returned: success
  type: list
  elements: str
refused:
  description: The same as one text for people; empty where there is nothing.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import AdoptionError
from ansible_collections.photosync.vps.plugins.module_utils.adoption.looking import look
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import of as spec_of

ARGUMENTS = {
    "spec": {"type": "dict", "required": True},
    "project": {"type": "str", "default": ""},
    "archives": {"type": "path"},
}


def main() -> None:
    """Look, and say what was found."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    asked = module.params
    try:
        found = look(spec_of(asked["spec"]), asked["project"], asked["archives"] or "")
    except (AdoptionError, CommandFailed) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
