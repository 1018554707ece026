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
  host:
    description: Name under which this host adds points, which is also the host in C(<stack>@<host>).
    type: str
    required: true
  repository:
    description: Where restic keeps its repository, as restic writes it; a folder of the host as a whole path.
    type: str
    required: true
  password:
    description: The repository's password.
    type: str
    required: true
  environment:
    description: Variables that restic needs for the repository, such as credentials. Never shown.
    type: dict
    default: {}
  retention:
    description:
      - How many points to keep, C(keep_last), C(keep_daily), C(keep_weekly), C(keep_monthly), C(keep_yearly), each 1 or
        more.
    type: dict
    default: {}
  append_only:
    description: Whether nothing can be removed from the repository with what this host knows. Then it is not tried.
    type: bool
    default: false
  copies:
    description: Further repositories, which every complete point is copied to, with C(restic copy), after it was made.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What it is called, in lower-case letters, digits and hyphens; not C(first).
        type: str
        required: true
      repository:
        description: Where it is, as restic writes it.
        type: str
        required: true
      password:
        description: Its password; that of the first repository without.
        type: str
      environment:
        description: Variables that restic needs for it. Never shown.
        type: dict
        default: {}
      retention:
        description: How many points to keep in it, like O(retention), which is also what holds without.
        type: dict
      append_only:
        description: Like O(append_only).
        type: bool
        default: false
  extra_paths:
    description: Further files and folders of the host to save.
    type: list
    elements: str
    default: []
  adopt:
    description: Add points to a repository that holds points of this stack although this host was not restored from it.
    type: bool
    default: false
  suspect:
    description:
      - How much may go from one point to the next, C(loss_percent), C(least) and C(ignore). A point that has lost more
        is suspect.
    type: dict
    default: {}
  on_failure:
    description:
      - A command with its arguments, run without a shell when C(<stack> backup) fails.
      - It reads on standard input what went wrong, and finds the stack's name in C(PHOTOSYNC_STACK).
    type: list
    elements: str
    default: []
  notifications:
    description:
      - Who is told of what C(<stack> backup), C(verify), C(check) and C(drill) do, besides O(on_failure), as the JSON
        of a list of what the role's C(backup_notifications) takes. Never shown.
      - As one text, since every word in it would be hidden wherever it appears otherwise, a priority of 5 too.
    type: json
    default: "[]"
  metrics_folder:
    description: Folder of node_exporter's textfile collector; empty for no metrics.
    type: str
    default: ""
  check:
    description:
      - How C(<stack> check --due) reads repositories anew, a part every so many days (C(every_days), never for 0), and
        in how many C(parts).
    type: dict
    default: {}
  schedule_spread:
    description: Minutes that C(<stack> backup --spread) waits at most.
    type: int
    default: 0
  drill_schedule:
    description:
      - When cron drills the latest point, C(<stack> drill), in the host's time zone, as C(minute), C(hour), C(day),
        C(month) and C(weekday) in cron's words. One that is not set means every one, but minute and hour 0. Empty is
        never, and takes the job away.
    type: dict
    default: {}
  schedule:
    description:
      - When cron is to make restore points, as C(hour) and C(minute) in cron's words. Only judged, since a job that
        cron does not understand never runs; the job itself is the role's.
    type: dict
attributes:
  check_mode:
    support: full
    description: Writes nothing.
  diff_mode:
    support: full
    description: Shows settings, never passwords, values of O(environment), or what webhooks are sent and where.
seealso:
  - module: photosync.vps.restore_point
"""

EXAMPLES = r"""
- name: Keep restore points on another machine
  photosync.vps.backup_settings:
    host: web1
    repository: sftp:backup@storage.example.org:/srv/photo-sync
    password: "{{ stack_secrets.backup_repository_password }}"
    retention:
      keep_daily: 7
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

COPY: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "repository": {"type": "str", "required": True},
    "password": {"type": "str", "no_log": True},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "retention": {"type": "dict"},
    "append_only": {"type": "bool", "default": False},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "stack": {"type": "str", "default": "photo-sync"},
    "host": {"type": "str", "required": True},
    "repository": {"type": "str", "required": True},
    "password": {"type": "str", "required": True, "no_log": True},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "retention": {"type": "dict", "default": {}},
    "append_only": {"type": "bool", "default": False},
    "copies": {"type": "list", "elements": "dict", "default": [], "options": COPY},
    "extra_paths": {"type": "list", "elements": "str", "default": []},
    "adopt": {"type": "bool", "default": False},
    "suspect": {"type": "dict", "default": {}},
    "on_failure": {"type": "list", "elements": "str", "default": []},
    "notifications": {"type": "json", "default": "[]", "no_log": True},
    "metrics_folder": {"type": "str", "default": ""},
    "check": {"type": "dict", "default": {}},
    "schedule_spread": {"type": "int", "default": 0},
    "drill_schedule": {"type": "dict", "default": {}},
    "schedule": {"type": "dict"},
}


def main() -> None:
    """Write what differs and look at restic."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    given = dict(module.params)
    stack, password = given.pop("stack"), given.pop("password")
    drills, nightly = given.pop("drill_schedule"), given.pop("schedule")
    given["notifications"] = json.loads(given["notifications"])
    try:
        diff = config_files.apply(stack, config_files.files(stack, given, password, drills, nightly), module.check_mode)
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
