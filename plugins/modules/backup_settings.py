#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_settings
short_description: Tell a host where its restore points are kept
version_added: 0.1.0
description:
  - Writes C(/etc/<stack>/backup.json) and C(/etc/<stack>/restic-password), both readable by root alone, and the
    rotation of what is in C(/var/log/<stack>), and makes the folders for state and log. Has cron drill, where it is
    told when.
  - Says whether the host has cron, and a restic that is new enough.
author: the photosync.vps authors (@photosync)
options:
  stack:
    description: Name of the stack.
    type: str
    default: photo-sync
  settings:
    description:
      - All settings of the role P(photosync.vps.backup#role), under their names there without C(backup_), as one JSON
        text. The action plugin of this name hands them over, evaluated and held against what the role declares; a task
        does not name them.
      - As one text, since every word in it would be hidden wherever it appears otherwise, a priority of 5 too. Never
        shown.
    type: json
    default: "{}"
attributes:
  check_mode:
    support: full
    description: Writes nothing.
  diff_mode:
    support: full
    description: Shows settings, never passwords, values of C(backup_environment), or what webhooks are sent and where.
seealso:
  - module: photosync.vps.restore_point
"""

EXAMPLES = r"""
- name: Tell the host what the role's variables say
  photosync.vps.backup_settings:
    stack: photo-sync
"""

RETURN = r"""
restic:
  description: The host's restic.
  returned: success
  type: dict
  contains:
    version:
      description: Its version; empty when it is not installed.
      type: str
      sample: 0.18.0
    sufficient:
      description: Whether it is new enough.
      type: bool
    minimum:
      description: The oldest version that is.
      type: str
      sample: 0.17.0
collection:
  description: SHA-256 of the collection's tarball that lies on the host; empty where none does.
  returned: success
  type: str
cron:
  description: Whether the host has cron, and logrotate for what cron's jobs say.
  returned: success
  type: bool
job:
  description: What cron's file of the nightly backup says; empty where there is none.
  returned: success
  type: str
relied_on:
  description:
    - Whether this host has added to this repository, or was restored from it, and has verified a point. What the
      nightly run finds since is its own alarm; the repository need not be asked again.
  returned: success
  type: bool
"""

import json
import os
import shutil
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.backup import config, config_files, host_state
from ansible_collections.photosync.vps.plugins.module_utils.restic import client

ARGUMENTS: dict[str, dict[str, Any]] = {
    "stack": {"type": "str", "default": "photo-sync"},
    "settings": {"type": "json", "default": "{}", "no_log": True},
}


def main() -> None:
    """Write what differs and look at restic."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    stack, given = module.params["stack"], json.loads(module.params["settings"])
    try:
        wanted = config_files.files(stack, given)
        module.no_log_values |= config_files.secrets_in(given)
        diff = config_files.apply(stack, wanted, module.check_mode)
    except (config.PointError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=bool(diff),
        diff=diff,
        restic=client.installed(),
        collection=config_files.digest(config_files.collection_file(stack)),
        cron=bool(shutil.which("crontab") and shutil.which("logrotate")),
        job=config_files.nightly_job(stack),
        relied_on=host_state.was_relied_on(os.path.join("/var/lib", stack), given["repository"]),
    )


if __name__ == "__main__":
    main()
