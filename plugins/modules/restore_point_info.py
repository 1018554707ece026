#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_point_info
short_description: List the restore points of a stack
version_added: 0.1.0
description:
  - Lists the points in the repository that C(/etc/<stack>/backup.json) names, complete ones and what broken-off backups
    left.
  - Writes nothing and does not lock the repository.
author: the photosync.vps authors (@photosync)
options:
  stack:
    description: Name of the stack.
    type: str
    default: photo-sync
requirements:
  - restic 0.17 or newer
attributes:
  check_mode:
    support: full
    description: It only looks.
  diff_mode:
    support: none
    description: It changes nothing.
seealso:
  - module: photosync.vps.restore_point
"""

EXAMPLES = r"""
- name: Look at what could be restored
  photosync.vps.restore_point_info:
  register: found

- name: Say which point a restore would take
  ansible.builtin.debug:
    var: found.latest
"""

RETURN = r"""
points:
  description: All points, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The point's ID, which begins with its time in UTC.
      type: str
      sample: 20261123T030000Z-3f9a
    time:
      description: When it was begun, with the host's time zone.
      type: str
      sample: "2026-11-23T04:00:00+01:00"
    host:
      description: The host that made it.
      type: str
    complete:
      description: Whether its manifest and every part that this names are there. Only such a point can be restored.
      type: bool
    missing:
      description: What an incomplete point lacks.
      type: list
      elements: str
    suspect:
      description:
        - What has collapsed in it against the point before; empty where nothing has, or where a person has accepted it.
      type: list
      elements: str
    left_out:
      description: What it does not hold although it is on the host, and why, each in words.
      type: list
      elements: str
    databases:
      description: How many databases it holds.
      type: int
    bytes:
      description: Size of everything in it, before deduplication and compression.
      type: int
latest:
  description:
    - ID of the newest complete point that is neither suspect nor was kept before a restore, which is what a restore of
      V(latest) takes; empty when there is none.
  returned: success
  type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.backup import choice, config, listing
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError

SHOWN = ("id", "time", "host", "complete", "missing", "suspect", "left_out", "databases", "bytes")


def main() -> None:
    """List and leave."""
    module = AnsibleModule(argument_spec={"stack": {"type": "str", "default": "photo-sync"}}, supports_check_mode=True)
    stack = module.params["stack"]
    try:
        points = listing.list_points(config.load(config.path_of(stack)), stack, progress=module.warn)
    except (config.PointError, ResticError) as error:
        module.fail_json(msg=str(error))
    good = [point["id"] for point in choice.good(points)]
    module.exit_json(
        changed=False,
        points=[{key: point[key] for key in SHOWN} for point in points],
        latest=good[-1] if good else "",
    )


if __name__ == "__main__":
    main()
