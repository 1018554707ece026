# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Second run of site, nothing to change, beside the least that any such run costs, and beside the usual way."""

from __future__ import annotations

from pathlib import Path

import twin
from host import ROOT, BenchmarkError, Host, PlaybookRun, play
from measure import Finding, Row, in_turns, shown

BOUND = 3.0
TIMES_FASTER = 3.0
REPETITIONS = 5
SITE = ROOT / "playbooks" / "site.yml"
FLOOR = Path(__file__).resolve().parent / "floor.yml"
METHOD = """\
Wall time of `ansible-playbook` on the controller, over SSH connections that are kept open, the stacks running, after
one run of each that does not count. Ours: `playbooks/site.yml`, which has to report no change. First rival, the floor:
a play that gathers facts and runs `docker compose up -d --wait`. Second rival, the usual way:
`benchmarks/usual/site.yml`, which has to report no change either, on a twin VPS that it has provisioned from bare with
the same files, images, limits, checks and nightly backup; {versions}, {tasks} tasks ({results} with the items of their
loops). Of the machine it checks distribution, memory and media folder alone, and of restore points that there is one.
No public role in the package registries does any of it."""


def measure(host: Host, repetitions: int) -> Finding:
    """Run the playbooks again and again."""
    with twin.up(host) as usual:
        play(SITE)
        play(FLOOR)
        subjects = {
            "site": lambda: _unchanged(play(SITE)),
            "floor": lambda: play(FLOOR).seconds,
            "usual": lambda: _unchanged(usual()),
        }
        found = in_turns(subjects, repetitions)
        tasks, results = twin.size(usual())
    above, ratio = found["site"] - found["floor"], found["usual"] / found["site"]
    what, ours = "Second run of site, nothing to change", shown(found["site"])
    rows = [
        Row(
            what=what,
            ours=ours,
            rival=f"{shown(found['floor'])}: facts and a no-op `up --wait`",
            comparison=f"{above:+.1f} s",
            bound=f"at most +{BOUND:g} s",
            holds=above <= BOUND,
        ),
        Row(
            what="The same, beside the usual way",
            ours=ours,
            rival=f"{shown(found['usual'])}: {tasks} tasks of Ansible's and community.docker's modules",
            comparison=f"1/{ratio:.1f}",
            bound=f"at most 1/{TIMES_FASTER:g}",
            holds=ratio >= TIMES_FASTER,
        ),
    ]
    method = METHOD.format(versions=twin.versions(), tasks=tasks, results=results)
    return Finding(rows, method, repetitions, detail="" if all(row.holds for row in rows) else profile())


def profile() -> str:
    """What each task of a second run costs, the dearest first."""
    settings = {"ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks", "PROFILE_TASKS_TASK_OUTPUT_LIMIT": "all"}
    _before, _recap, tasks = play(SITE, settings=settings).output.partition("PLAY RECAP")
    return tasks


def _unchanged(run: PlaybookRun) -> float:
    if run.changed:
        raise BenchmarkError(f"a run that should have found nothing to do changed something:\n{run.output[-6000:]}")
    return run.seconds
