#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_deploy
short_description: Make a staged release of a stack the one that serves, or bring the one before back
version_added: 0.1.0
description:
  - Takes a release that M(photosync.vps.release) has staged. Pulls and builds its images and lets Caddy read its
    configuration while everything goes on serving. Only then switches to it, makes missing databases, sets the password
    of a database server where the release has another, replaces what differs, has Caddy reload a changed configuration,
    and waits until all health checks pass.
  - A release that does not become healthy is rolled back to the one that was last healthy on this host, and the
    module fails with the first cause. It is not rolled back where there is none, and where a service declares
    C(migrates_data) and got another image; a restore point was made before then.
  - One deployment of a stack at a time. The lock says who holds it since when; the kernel frees it when the module and
    what it started are gone.
  - Its action plugin shows how it goes while it runs.
author:
  - The photosync.vps authors (@photosync)
extends_documentation_fragment:
  - photosync.vps.deployment
  - photosync.vps.watched
options:
  release:
    description: Digest of the release, as M(photosync.vps.release) returns it.
    type: str
    required: true
  start:
    description: V(false) switches to the release and starts nothing, for a restore that fills the volumes first.
    type: bool
    default: true
  keep:
    description:
      - How many releases stay on the host, the newest first. The one that serves and the one that can be rolled back to
        stay in any case. Images that only removed releases name are removed as well, never what a container uses.
    type: int
    default: 5
  safety_point:
    description: Make a restore point before a service whose new version migrates its data, where backups are set up.
    type: bool
    default: true
  restoring:
    description:
      - The restore point whose restore this is a part of, for the role P(photosync.vps.restore#role). The release is
        not rolled back then, since the one before must not run on data that is not its own.
      - Empty, the module refuses while a restore is half done on the host, in check mode too.
    type: str
    default: ""
  planned:
    description:
      - Whether the release has something to do, as M(photosync.vps.release) found. Only read in check mode, in which a
        new release is not on the host.
    type: bool
    default: true
attributes:
  check_mode:
    support: full
    description: Tells whether anything would change; what and why is in the plan of M(photosync.vps.release).
  diff_mode:
    support: none
    description: M(photosync.vps.release) shows how releases differ.
seealso:
  - module: photosync.vps.release
"""

EXAMPLES = r"""
- name: Deploy it, or bring the one before back
  photosync.vps.stack_deploy:
    stack: photo-sync
    release: "{{ staged.digest }}"
"""

RETURN = r"""
switched:
  description: Whether another release is current than before.
  type: bool
  returned: success, not in check mode
started:
  description: Services whose containers are new or run again.
  type: list
  elements: str
  returned: success, not in check mode
  sample: [caddy, web-ui]
reloaded:
  description: The entry point, when it had to read a changed configuration.
  type: list
  elements: str
  returned: success, not in check mode
removed:
  description: Services whose containers are gone, since the release has them no more.
  type: list
  elements: str
  returned: success, not in check mode
databases:
  description:
    - Databases made, each as C(server/name).
    - A server whose password was set, since it had another than the release, is named with the word password behind it.
  type: list
  elements: str
  returned: success, not in check mode
  sample: [custom-postgres/grouping]
pruned:
  description: Old releases and images that were removed.
  type: list
  elements: str
  returned: success, not in check mode
images:
  description: The image of every service; empty when all was in place, so that none was asked for.
  type: list
  elements: dict
  returned: success, not in check mode
  contains:
    service:
      description: Name of the service.
      type: str
      sample: api-gateway
    image:
      description: Name of the image.
      type: str
      sample: photo-sync/api-gateway:de36e8d32370
    action:
      description: V(pulled), V(built), or V(kept) when it was here.
      type: str
      sample: built
    size:
      description: Bytes with all layers, those that other images share too.
      type: int
      sample: 152043520
    seconds:
      description: How long it took; what was pulled at the same time shares it.
      type: float
      sample: 12.4
restore_point:
  description: The restore point that was made before data is migrated; empty when none was needed.
  type: str
  returned: not in check mode
rolled_back_to:
  description: The release that serves again; empty when none does.
  type: str
  returned: failure
health:
  description: The report of all health checks, as M(photosync.vps.healthcheck) returns it.
  type: dict
  returned: success, not in check mode, with O(start=true)
progress:
  description: How it went, line by line.
  type: list
  elements: str
  returned: always
"""

from dataclasses import asdict

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.common.progress import WATCHED, ProgressFile
from ansible_collections.photosync.vps.plugins.module_utils.deploy import rollout
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import of_stack
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

ARGUMENTS = {
    "stack": {"type": "str", "required": True},
    "release": {"type": "str", "required": True},
    "start": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 300.0},
    "certificate_timeout": {"type": "float", "default": 60.0},
    "lock_wait": {"type": "float", "default": 300.0},
    "keep": {"type": "int", "default": 5},
    "safety_point": {"type": "bool", "default": True},
    "restoring": {"type": "str", "default": ""},
    "planned": {"type": "bool", "default": True},
    **WATCHED,
}
UNTOUCHED = "Nothing was switched: what served before still serves."
ASKED = ("release", "who", "start", "timeout", "certificate_timeout", "lock_wait", "keep", "safety_point", "restoring")


def result_of(done):
    """What a deployment did, as the module's result."""
    return {
        "changed": done.changed,
        "switched": done.switched,
        "started": done.converged.started,
        "reloaded": done.converged.reloaded,
        "removed": done.converged.removed,
        "databases": done.converged.databases,
        "pruned": done.pruned,
        "images": [asdict(provided) for provided in done.images.services] if done.images else [],
        "restore_point": done.point,
        "health": done.health,
    }


def main():
    """Deploy, or fail with the cause and with what serves now."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    given = module.params
    layout = of_stack(given["stack"])
    if module.check_mode:
        try:
            rollout.refuse(layout, given["restoring"])
        except unfinished.HalfRestored as error:
            module.fail_json(msg=str(error), progress=[])
        module.exit_json(changed=given["planned"], progress=[])
    request = rollout.Request(**{name: given[name] for name in ASKED})
    with ProgressFile(given["progress"] or "") as progress:
        try:
            done = rollout.roll_out(layout, request, progress.tell)
        except rollout.RolloutFailed as error:
            said = {"rolled_back_to": error.rolled_back_to, "restore_point": error.point}
            module.fail_json(msg=str(error), progress=progress.lines, **said)
        except rollout.BEFORE_THE_SWITCH as error:
            module.fail_json(msg=f"{error}\n{UNTOUCHED}", progress=progress.lines)
    if done.notice:
        module.warn(done.notice)
    module.exit_json(progress=progress.lines, **result_of(done))


if __name__ == "__main__":
    main()
