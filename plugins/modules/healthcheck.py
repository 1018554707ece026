#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wait until services are healthy."""

from __future__ import annotations

DOCUMENTATION = r"""
module: healthcheck
short_description: Wait until HTTP, TCP, container and command checks are all healthy
version_added: 0.1.0
description:
  - Checks any number of targets at the same time, until all of them are healthy at once or one deadline passes.
  - Fails with the failure that came first, and with what each unhealthy target last said.
  - A certificate that has not been issued yet is a state of its own. With O(accept_pending_after) it is no failure.
  - Does not wait for what cannot become healthy any more, such as a container that has exited, was killed for lack of
    memory, or restarts over and over.
extends_documentation_fragment:
  - photosync.vps.health
options:
  timeout:
    description:
      - Seconds after which everything must be healthy.
    type: float
    default: 60.0
  successes:
    description:
      - How many probes of each target must succeed in a row.
      - For containers Docker's own C(retries) decide instead.
    type: int
    default: 1
  fail_fast:
    description:
      - Whether to fail as soon as one target can no longer become healthy. Otherwise the others are waited for first.
    type: bool
    default: true
  accept_pending_after:
    description:
      - Seconds for which to wait, once all else is healthy, for certificates that are still to be issued
        (RV(results[].reason) is V(certificate_pending)). Then the task succeeds, warns, and names them in RV(pending).
      - Without it, they are waited for like everything else, and missing when the O(timeout) has passed is a failure.
      - A certificate that is expired, not trusted or for another name is a failure in any case.
    type: float
attributes:
  diff_mode:
    support: full
    details:
      - With C(--diff), RV(diff) says how each target was at the first look and how it is at the end. Ansible prints the
        differences of changed tasks only, and this one changes nothing, so register the result to see it.
seealso:
  - module: photosync.vps.healthcheck_info
"""

EXAMPLES = r"""
- name: Wait for a site and the database behind it
  photosync.vps.healthcheck:
    timeout: 120
    targets:
      - kind: http
        url: https://photos.example.org/health
        json:
          status: ok
      - kind: tcp
        host: 127.0.0.1
        port: 5432

- name: Wait for every container of a Compose project
  photosync.vps.healthcheck:
    targets:
      - kind: container
        project: photo-sync

- name: Check the new host before DNS names it, and that its certificate lasts two weeks
  photosync.vps.healthcheck:
    targets:
      - name: site
        kind: http
        url: https://photos.example.org/
        connect_to: 203.0.113.7
        min_days_valid: 14

- name: Three answers in a row, with a token that no result shows
  photosync.vps.healthcheck:
    successes: 3
    targets:
      - name: api
        kind: http
        url: http://127.0.0.1:3000/api/status
        headers:
          Authorization: "Bearer {{ api_token }}"
        status: [2xx, "304"]
        body: '"ready"\s*:\s*true'

- name: Accept that the name in DNS has not moved yet, and go on
  photosync.vps.healthcheck:
    accept_pending_after: 30
    targets:
      - kind: container
        project: photo-sync
      - name: site
        kind: http
        url: https://photos.example.org/
        connect_to: 127.0.0.1
        certificate_from: caddy
        depends_on: [caddy]
  register: health

- name: Say what is still to come
  ansible.builtin.debug:
    msg: "No certificate yet for {{ health.pending | join(', ') }}"
  when: health.verdict == 'pending'

- name: A check of one's own
  photosync.vps.healthcheck:
    targets:
      - name: queue is short
        kind: command
        command: [/usr/local/bin/queue-length, --at-most, "100"]
"""

RETURN = r"""
healthy:
  description: Whether all targets are healthy.
  returned: always
  type: bool
  sample: true
verdict:
  description:
    - V(healthy) when all targets are.
    - V(pending) when nothing is missing but certificates that are still to be issued.
    - V(unhealthy) otherwise.
  returned: always
  type: str
  sample: healthy
pending:
  description: Names of the targets that lack nothing but a certificate which is still to be issued.
  returned: always
  type: list
  elements: str
  sample: []
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
          V(certificate_expiry), V(authority), V(command), V(missing), V(starting), V(unhealthy), V(exited), V(oom),
          V(looping).
      type: str
      sample: status
    error:
      description: The same for people; empty when healthy.
      type: str
      sample: "status 503, wanted 200; body: degraded"
    details:
      description:
        - What else was seen. For V(http) C(address), C(status), and of a certificate that was verified C(days_valid)
          and C(share_valid), the part of its life that is left. For V(command) C(rc). For containers C(container),
          C(project), C(service), C(state), C(exit_code), C(oom_killed), C(oom_kills) (processes in it that the kernel
          killed for lack of memory since its start, also when it lives on), C(restarts), C(last_probe), C(depends_on),
          and C(log) when it is not healthy.
      type: dict
root_cause:
  description:
    - The failure to look at first, the one whose own dependencies are well. None when all are healthy.
    - While a restore of O(stack) is half done that is the cause, with V(restore) for its name and kind.
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
diff:
  description: How each target was at the first look (C(before)) and at the end (C(after)), one line each.
  returned: in diff mode
  type: dict
  sample: {before: "api: connection refused\n", after: "api: healthy\n"}
problems:
  description: Every mistake in the targets, one line each. Nothing was checked then.
  returned: when targets cannot be checked as described
  type: list
  elements: str
  sample: ["target 2 (api): port: 99999 is not between 1 and 65535"]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.health.engine import check
from ansible_collections.photosync.vps.plugins.module_utils.health.report import diff, during_a_restore, report
from ansible_collections.photosync.vps.plugins.module_utils.health.results import HEALTHY, PENDING
from ansible_collections.photosync.vps.plugins.module_utils.health.spec import ONE_PASS, WAITING
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import TargetError, parse_targets
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished


def main() -> None:
    """Wait, then say what was found."""
    module = AnsibleModule(argument_spec=dict(ONE_PASS, **WAITING), supports_check_mode=True)
    arguments = module.params
    try:
        targets = parse_targets(arguments["targets"])
    except TargetError as error:
        module.fail_json(msg=f"These targets cannot be checked:\n{error}", problems=error.problems)
    half = unfinished.of_stack(arguments["stack"])
    results = check(
        targets,
        deadline=arguments["timeout"],
        wait=not half,
        successes=arguments["successes"],
        fail_fast=arguments["fail_fast"],
        log_lines=arguments["log_lines"],
        accept_pending_after=arguments["accept_pending_after"],
        secrets=arguments["secrets"],
    )
    found = during_a_restore(report(results, arguments["depends_on"]), half)
    if module._diff:
        found["diff"] = diff(results)
    if found["verdict"] == PENDING and arguments["accept_pending_after"] is not None:
        module.warn(found["msg"])
    elif half and found["healthy"]:
        module.warn(half)
    elif found["verdict"] != HEALTHY:
        module.fail_json(changed=False, **found)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
