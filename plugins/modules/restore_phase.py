#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: restore_phase
short_description: Do phases of restoring a stack from a restore point
version_added: 0.1.0
description:
  - A restore is made of phases in a fixed order; V(plan), V(verify), V(safety), V(stop), V(files), V(databases),
    V(credentials), V(prove), V(start), V(finish). The role P(photosync.vps.restore#role) calls them, and
    C(<stack> restore) on the host does the same without a controller.
  - What is finished is noted in C(/var/lib/<stack>/restore/<point>.json) and not repeated, so that a restore that broke
    off goes on where it stopped, for 24 hours.
  - A phase that fails names the commands of the host that lead on. C(<stack> restore --abandon) goes back to what was
    here before the first attempt.
  - Trusts the point's own manifest for what belongs to it, and the release on this host for where it goes.
  - When a phase fails before anything was replaced, or while a part alone is restored, what was stopped is started
    again. The message says which command brings the state before back.
  - Its action plugin shows how far a long phase is while it runs.
author: the photosync.vps authors (@photosync)
extends_documentation_fragment:
  - photosync.vps.watched
options:
  stack:
    description: Name of the stack.
    type: str
    default: photo-sync
  phase:
    description:
      - One phase or several, which are done in the order in which they are named and told of as they begin.
      - V(data) stands for all from V(plan) to V(prove). In check mode it leaves out those that only look.
      - V(plan) says what would be replaced by what, with ages, sizes and the expected duration, and fails where data
        would be overwritten without O(confirm), where a part of the point has no place here, where a server's image is
        of an older major version or lacks an extension, or where the disk is too small. It changes nothing. Before
        there is a release on this host, it looks for data in every volume of the stack's name.
      - V(verify) looks whether every part of the point is in the repository and has restic check the repository.
      - V(safety) keeps what is here as O(safety) says; nothing where nothing is here.
      - V(stop) stops the stack's containers; for a part, those of the services that it concerns.
      - V(files) makes each saved volume what it was, with owners and modes; what is in it besides is removed. It is
        filled beside the present one where the disk has room for both, else in place.
      - V(databases) starts the database servers alone, restores each dump into a new database, and renames them into
        place once all are whole. What was there stays aside until V(finish).
      - V(credentials) gives the superuser of each of these servers the password that the release has.
      - V(prove) counts the rows of every table and reads every file, and says what differs from the manifest. While
        services run, rows and files that were added since, and files that services are known to rewrite, do not count.
        It fails where anything differs, unless O(accept_differences) accepts exactly that.
      - V(start) starts the stack, or for a part what was stopped, and waits until that is healthy.
      - V(finish) needs a proof. It removes what was set aside and closes the journal. After a whole restore this host
        adds points to the repository, and the host that did before is fenced out.
      - V(configuration) lays the saved configuration and secrets into a folder beside the journal, to be looked at.
    type: list
    elements: str
    choices: [plan, verify, safety, stop, files, databases, credentials, prove, start, finish, configuration, data]
    required: true
  point:
    description:
      - ID of the point or its beginning; V(latest) is the newest complete one of this stack.
      - A time such as V(2026-11-20 03:00) means the latest complete one that is not younger, in the host's zone unless
        one is given, as in V(2026-11-20 03:00+01:00) or V(2026-11-20 03:00 Europe/Berlin).
      - What V(safety) has made is meant by its ID alone.
    type: str
    default: latest
  confirm:
    description: C(<stack>@<host>), needed by V(plan) where data is to be replaced.
    type: str
  only:
    description:
      - The parts to restore; everything when empty. V(databases), V(files) (all volumes but the certificates),
        V(certificates) (the volumes of the entry point), V(configuration) (laid beside the journal, to be looked at),
        and names of services, for their volumes and databases.
      - Give it to V(plan) and V(verify). Later phases go by the plan.
    type: list
    elements: str
    default: []
  safety:
    description:
      - How V(safety) keeps what is here. V(auto) makes a restore point, and where that fails a cold copy, for which the
        services are stopped. V(cold) makes the copy at once. V(none) keeps nothing, so there is no way back.
      - Cold copies lie under C(/var/lib/<stack>/safety) until somebody removes them.
    type: str
    choices: [auto, cold, none]
    default: auto
  repository:
    description:
      - The repository to restore from, V(1) or V(first), or a copy by number or name.
      - Without one V(plan) and V(verify) take the first, and later phases go by the plan.
    type: str
    default: ""
  accept_differences:
    description:
      - The digest of the differences that V(prove) has found and that a person accepts, as its failure names it.
      - Give it to every phase. The restore goes on with V(prove), however long ago it was, which looks anew and accepts
        exactly that list. Who accepted what and when is noted in the journal.
    type: str
    default: ""
  timeout:
    description:
      - How long these phases may take together, such as V(6h) or V(90m). What runs then is ended, and the restore is
        one that broke off.
      - Empty, each phase has so long that only what hangs is ended. V(stop) and V(credentials) have 15 minutes,
        V(start) has 30, V(plan), V(configuration) and opening the repository an hour. V(verify), V(files),
        V(databases), V(prove) and V(finish) have an hour and a second for each megabyte of the point and of what is
        here; V(safety) has the same for all that is on the disks of the volumes.
    type: str
    default: ""
requirements:
  - restic 0.17 or newer
attributes:
  check_mode:
    support: partial
    description: Can run in C(check_mode) and tells what it would do, without doing it.
    details:
      - V(plan) looks as always and refuses nothing for want of O(confirm); it returns RV(result.refused).
      - V(prove) does the same as always; the others do nothing and say whether they would.
      - On a host without restic, Docker or a release nothing can be looked at, and an empty result is returned.
  diff_mode:
    support: none
    description: What would be replaced is returned by V(plan).
seealso:
  - module: photosync.vps.restore_point
"""

EXAMPLES = r"""
- name: Say what restoring the latest point would replace
  photosync.vps.restore_phase:
    phase: plan
    confirm: photo-sync@web1
  register: plan

- name: Compare what is here with a point
  photosync.vps.restore_phase:
    phase: prove
    point: 20261123T030000Z-3f9a
  register: proof

- name: Put the data back while no service runs
  photosync.vps.restore_phase:
    phase: data
    confirm: photo-sync@web1
"""

RETURN = r"""
point:
  description: ID of the point.
  returned: success, or phase is V(prove) and something differs
  type: str
  sample: 20261123T030000Z-3f9a
phase:
  description: The phase, the last one of several.
  returned: success
  type: str
phases:
  description: What each phase found or did, by its name, as RV(result) has it.
  returned: success
  type: dict
result:
  description: What the phase found or did, the last one of several.
  returned: success, or phase is V(prove) and something differs
  type: dict
  contains:
    replaces:
      description: What is on this host and would be replaced, in words.
      returned: phase is V(plan)
      type: list
      elements: str
    repository:
      description: Name of the repository that it is restored from.
      returned: phase is V(plan)
      type: str
      sample: first
    chosen:
      description: Which point was chosen, and why, in words.
      returned: phase is V(plan)
      type: str
    parts:
      description: Each part with what is here now (C(here)) and what the point holds.
      returned: phase is V(plan)
      type: list
      elements: dict
    stays:
      description: Databases that are here and not in the point, and stay as they are.
      returned: phase is V(plan)
      type: list
      elements: str
    left_out:
      description: What the point does not hold, and why, each in words; empty for a part.
      returned: phase is V(plan)
      type: list
      elements: str
    stops:
      description: Services that have to stand still meanwhile.
      returned: phase is V(plan)
      type: list
      elements: str
    expected:
      description: What the last restore or drill of the same parts took here, in seconds; none when there was none.
      returned: phase is V(plan)
      type: dict
    refused:
      description: Why it may not be done without O(confirm); empty when it may.
      returned: phase is V(plan)
      type: str
    kind:
      description: How what was here before the first attempt is kept, V(point), V(cold), V(none), or V(empty).
      returned: phase is V(safety)
      type: str
    name:
      description: The restore point or cold copy that O(point) or C(<stack> restore) takes to bring it back.
      returned: phase is V(safety)
      type: str
    report:
      description: Line by line for people; of V(finish) what serves, what was compared, what is left to do.
      returned: phase is V(plan) or V(finish)
      type: list
      elements: str
    fenced:
      description: The host that adds no more points from now on; empty when there was none.
      returned: phase is V(finish)
      type: str
    ways:
      description: The commands that lead on where something differs, in words.
      returned: phase is V(prove)
      type: list
      elements: str
    digest:
      description: What O(accept_differences) takes to accept exactly these differences.
      returned: phase is V(prove) and something differs
      type: str
      sample: 3f6c1d20a8be
    accepted:
      description: What was accepted, as C(differences), with C(digest), C(by) and C(at); empty when nothing was.
      returned: phase is V(prove)
      type: dict
    differences:
      description: What is not as it was saved, as C(kind), C(where), C(what), C(expected), C(found) and C(message).
      returned: phase is V(prove)
      type: list
      elements: dict
    compared:
      description: How many databases, tables, rows, volumes, files and bytes were compared.
      returned: phase is V(prove)
      type: dict
progress:
  description: What was done, in order.
  returned: success
  type: list
  elements: str
"""

import shutil
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.backup import config
from ansible_collections.photosync.vps.plugins.module_utils.common.progress import WATCHED, ProgressFile
from ansible_collections.photosync.vps.plugins.module_utils.restore import differences, planning, preview, safety
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target, here
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import SpecError
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import Deadline

DATA = "data"
ARGUMENTS = {
    "stack": {"type": "str", "default": "photo-sync"},
    "phase": {
        "type": "list",
        "elements": "str",
        "choices": [*restore.ORDER, "configuration", DATA],
        "required": True,
    },
    "point": {"type": "str", "default": "latest"},
    "confirm": {"type": "str"},
    "only": {"type": "list", "elements": "str", "default": []},
    "safety": {"type": "str", "choices": list(safety.LEVELS), "default": safety.AUTO},
    "repository": {"type": "str", "default": ""},
    "accept_differences": {"type": "str", "default": ""},
    "timeout": {"type": "str", "default": ""},
    **WATCHED,
}
FAILURES = (SpecError, ValueError, *restore.FAILURES)


def phases_of(asked: list[str], check: bool) -> list[str]:
    """The phases that are asked for, by their own names."""
    data = [step.name for step in restore.STEPS if step.name in restore.DATA and not (check and step.looks)]
    return [name for word in asked for name in (data if word == DATA else [word])]


def nothing(phases: list[str]) -> dict[str, Any]:
    """The answer of a check on a host that has nothing yet to look at."""
    looking = [step.name for step in restore.STEPS if step.looks]
    return {"changed": not set(phases) <= set(looking), "point": "", "phase": phases[-1], "result": {}, "phases": {}}


def told(phases: list[str], done: restore.Restored, refused: str = "") -> dict[str, Any]:
    """The module's result; that of a plan also in lines for people."""
    results = dict(done.results)
    if "plan" in results:
        report = f"{preview.text(results['plan'])}\n{refused}".splitlines()
        results["plan"] = {**results["plan"], "report": report, "refused": refused}
    last = phases[-1]
    return {"changed": done.changed, "point": done.point, "phase": last, "result": results[last], "phases": results}


def act(module: AnsibleModule, phases: list[str], target: Target, progress: ProgressFile) -> dict[str, Any]:
    """Do the phases."""
    given = module.params
    asked = Asked(
        point=given["point"],
        confirm=given["confirm"],
        only=given["only"],
        level=given["safety"],
        place=given["repository"],
        accept=given["accept_differences"],
        dry_run=module.check_mode,
        deadline=Deadline.within(given["timeout"], "restore_timeout"),
    )
    try:
        done = restore.run(phases, target, config.load(config.path_of(given["stack"])), asked, progress.tell)
    except differences.Disproved as error:
        module.fail_json(msg=str(error), point=error.point, phase="prove", result=error.result, progress=progress.lines)
    except planning.Unconfirmed as error:
        if not module.check_mode:
            module.fail_json(msg=f"{preview.text(error.report)}\n\n{error}", progress=progress.lines)
        return told(phases, restore.Restored(error.point, False, {phases[-1]: error.report}), str(error))
    return told(phases, done)


def main() -> None:
    """Do the phases, or say what would be done."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    asked = module.params
    phases = phases_of(asked["phase"], module.check_mode)
    if module.check_mode and not all(shutil.which(tool) for tool in ("restic", "docker")):
        module.exit_json(progress=[], **nothing(phases))
    with ProgressFile(asked["progress"] or "") as progress:
        try:
            target = here(asked["stack"])
            if module.check_mode and target.bare and phases != ["plan"]:
                module.exit_json(progress=[], **nothing(phases))
            done = act(module, phases, target, progress)
        except FAILURES as error:
            module.fail_json(msg=str(error), progress=progress.lines)
    module.exit_json(progress=progress.lines, **done)


if __name__ == "__main__":
    main()
