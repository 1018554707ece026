#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

# Implemented by the action plugin of the same name; this holds its documentation.
from __future__ import annotations

DOCUMENTATION = r"""
module: resolve_catalogue
short_description: Resolve the description of a stack
version_added: 0.1.0
description:
  - Reads the variables that P(photosync.vps.catalogue#role) documents, completes them by defaults, combines the entries
    of photo-sync with those of the inventory, and checks everything, one by one and against each other.
  - Holds the variables of all other roles against what these declare, so that a misspelt name or a value that cannot be
    is known before any of them has begun.
  - Runs on the controller alone; nothing is sent to the host.
  - The result is never shown, since it holds secrets. An undefined variable is.
author:
  - The photosync.vps authors (@photosync)
options: {}
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
  diff_mode:
    support: none
    description: Changes nothing.
"""

EXAMPLES = r"""
- name: Resolve the catalogue
  photosync.vps.resolve_catalogue:
  register: catalogue_resolved

- name: Show what is wrong with it
  ansible.builtin.debug:
    var: catalogue_resolved.problems
"""

RETURN = r"""
stack:
  description: The settings of the stack as a whole, without its secrets.
  returned: always
  type: dict
  sample: {name: photo-sync, mode: production, url: 'https://photos.my-family.net', root: /opt/photo-sync}
secrets:
  description: The secrets of the stack, by name.
  returned: always
  type: dict
services:
  description: One entry for each service, every field of the specification present.
  returned: always
  type: list
  elements: dict
wrong_settings:
  description: Those of RV(problems) that are of a variable of one of the roles by itself; names, types, values.
  returned: always
  type: list
  elements: dict
foreign_settings:
  description:
    - Variables that begin like those of a role and that none declares, in the form of RV(problems). Nothing is done
      with them.
  returned: always
  type: list
  elements: dict
problems:
  description: Everything that is wrong; nothing may be made of the rest unless this is empty. It shows no secret.
  returned: always
  type: list
  elements: dict
  contains:
    setting:
      description: The setting to change.
      type: str
      sample: healthcheck.interval
    service:
      description: The services it concerns, or null.
      type: str
      sample: api-gateway
    message:
      description: What is wrong.
      type: str
      sample: "'30' is not a duration"
    fix:
      description: What to do about it.
      type: str
      sample: write a duration such as 30s or 1m30s
"""
