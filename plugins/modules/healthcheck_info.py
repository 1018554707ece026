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

RETURN = r"""
healthy:
  description: Whether all targets are healthy.
  returned: always
  type: bool
  sample: true
results:
  description: One result for each target, in their order; for a Compose project one for each of its containers.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the target, or of the service for the containers of a project.
      type: str
      sample: api-gateway
    kind:
      description: Kind of the target.
      type: str
      sample: http
    target:
      description: What was checked.
      type: str
      sample: http://127.0.0.1:3000/health
    healthy:
      description: Whether it was healthy when it was last looked at.
      type: bool
    attempts:
      description: How many times it was probed; for a container how many times its state was seen to change.
      type: int
      sample: 4
    seconds:
      description: Seconds from the start until it last turned healthy, or the whole time when it is not.
      type: float
      sample: 1.324
    latency_ms:
      description: Milliseconds that the last probe took. None for containers.
      type: float
      sample: 3.1
    reason:
      description:
        - One word for the verdict. V(ok) or V(finished) when healthy, otherwise what is wrong, such as
          V(refused), V(timeout), V(name), V(status), V(body), V(json), V(certificate), V(certificate_pending),
          V(certificate_expiry), V(command), V(missing), V(starting), V(unhealthy), V(exited), V(oom), V(looping).
      type: str
      sample: status
    error:
      description: The same for people; empty when healthy.
      type: str
      sample: "status 503, wanted 200; body: degraded"
    details:
      description:
        - What else was seen. For V(http) C(address), C(status) and C(days_valid) of the certificate. For V(command)
          C(rc). For containers C(container), C(project), C(service), C(state), C(exit_code), C(oom_killed),
          C(oom_kills) (processes in it that the kernel killed for lack of memory since its start, also when it lives
          on), C(restarts), C(last_probe), C(depends_on), and C(log) when it is not healthy.
      type: dict
root_cause:
  description: The failure to look at first, the one whose own dependencies are well. None when all are healthy.
  returned: always
  type: dict
  contains:
    name:
      description: Name of the result.
      type: str
      sample: custom-postgres
    kind:
      description: Kind of the target.
      type: str
      sample: container
    reason:
      description: One word for what is wrong.
      type: str
      sample: exited
    error:
      description: The same for people.
      type: str
      sample: exited with code 1
    explains:
      description: Names of the failing services that need it, directly or through others.
      type: list
      elements: str
      sample: [dedup-service, grouping-service]
msg:
  description: All of it in words.
  returned: always
  type: str
  sample: 11 targets healthy after 4.2 s
problems:
  description: Every mistake in the targets, one line each. Nothing was checked then.
  returned: when targets cannot be checked as described
  type: list
  elements: str
  sample: ["target 2 (api): port: 99999 is not between 1 and 65535"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.health.engine import check
from ansible_collections.photosync.vps.plugins.module_utils.health.report import report
from ansible_collections.photosync.vps.plugins.module_utils.health.spec import ONE_PASS
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import TargetError, parse_targets


def main() -> None:
    """Look once, then say what was found."""
    module = AnsibleModule(argument_spec=ONE_PASS, supports_check_mode=True)
    try:
        targets = parse_targets(module.params["targets"])
    except TargetError as error:
        module.fail_json(msg="These targets cannot be checked:\n{0}".format(error), problems=error.problems)
    results = check(targets, deadline=None, wait=False, log_lines=module.params["log_lines"])
    module.exit_json(changed=False, **report(results, module.params["depends_on"]))


if __name__ == "__main__":
    main()
