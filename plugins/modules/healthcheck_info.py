#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look once whether services are healthy."""

from __future__ import annotations

DOCUMENTATION = r"""
module: healthcheck_info
short_description: Look once at HTTP, TCP, container and command checks
version_added: 0.1.0
description:
  - Checks any number of targets at the same time and once, and returns what it found.
  - An unhealthy target is a result like any other. The task fails only when the targets cannot be checked as described.
  - To wait until targets are healthy, use M(photosync.vps.healthcheck).
extends_documentation_fragment:
  - photosync.vps.health
seealso:
  - module: photosync.vps.healthcheck
"""

EXAMPLES = r"""
- name: Look at the whole project and at its site
  photosync.vps.healthcheck_info:
    targets:
      - kind: container
        project: photo-sync
      - name: site
        kind: http
        url: https://photos.example.org/
  register: health

- name: Say what is wrong, and where to look first
  ansible.builtin.debug:
    msg: "{{ health.msg }}"

- name: Names of all that is unhealthy
  ansible.builtin.debug:
    msg: "{{ health.results | rejectattr('healthy') | map(attribute='name') }}"

- name: Days until the certificate expires
  ansible.builtin.debug:
    msg: "{{ (health.results | selectattr('name', 'eq', 'site') | first).details.days_valid }}"
"""

# Both modules return the same, which is described once, with M(photosync.vps.healthcheck).
RETURN = r"""
healthy:
  description: As RV(photosync.vps.healthcheck#module:healthy).
  returned: always
  type: bool
verdict:
  description: As RV(photosync.vps.healthcheck#module:verdict).
  returned: always
  type: str
pending:
  description: As RV(photosync.vps.healthcheck#module:pending).
  returned: always
  type: list
  elements: str
results:
  description: As RV(photosync.vps.healthcheck#module:results).
  returned: always
  type: list
  elements: dict
root_cause:
  description: As RV(photosync.vps.healthcheck#module:root_cause).
  returned: always
  type: dict
msg:
  description: As RV(photosync.vps.healthcheck#module:msg).
  returned: always
  type: str
problems:
  description: As RV(photosync.vps.healthcheck#module:problems).
  returned: when targets cannot be checked as described
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.health.engine import check
from ansible_collections.photosync.vps.plugins.module_utils.health.report import during_a_restore, report
from ansible_collections.photosync.vps.plugins.module_utils.health.spec import ONE_PASS
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import TargetError, parse_targets
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished


def main() -> None:
    """Look once, then say what was found."""
    module = AnsibleModule(argument_spec=ONE_PASS, supports_check_mode=True)
    try:
        targets = parse_targets(module.params["targets"])
    except TargetError as error:
        module.fail_json(msg=f"These targets cannot be checked:\n{error}", problems=error.problems)
    asked = module.params
    results = check(targets, deadline=None, wait=False, log_lines=asked["log_lines"], secrets=asked["secrets"])
    half = unfinished.of_stack(asked["stack"])
    module.exit_json(changed=False, **during_a_restore(report(results, asked["depends_on"]), half))


if __name__ == "__main__":
    main()
