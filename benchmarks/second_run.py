# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Second run of site, nothing to change, beside the least that any such run costs."""

from __future__ import annotations

from pathlib import Path

from host import ROOT, BenchmarkError, Host, play
from measure import Finding, Row, in_turns, shown

BOUND = 5.0
REPETITIONS = 5
SITE = ROOT / "playbooks" / "site.yml"
FLOOR = Path(__file__).resolve().parent / "floor.yml"
METHOD = """\
Wall time of `ansible-playbook` on the controller, over the same SSH connection, the stack running, after one run of
each that does not count. Ours: `playbooks/site.yml`, which has to report no change. Rival, the floor: a play that
gathers facts and runs `docker compose up -d --wait`."""


def measure(host: Host, repetitions: int) -> Finding:
    """Run both playbooks again and again."""
    play(SITE)
    play(FLOOR)
    found = in_turns({"site": _site, "floor": lambda: play(FLOOR).seconds}, repetitions)
    above = found["site"] - found["floor"]
    row = Row(
        what="Second run of site, nothing to change",
        ours=shown(found["site"]),
        rival=f"{shown(found['floor'])}: facts and a no-op `up --wait`",
        comparison=f"{above:+.1f} s",
        bound=f"at most +{BOUND:g} s",
        holds=above <= BOUND,
    )
    return Finding([row], METHOD, repetitions, detail="" if row.holds else profile())


def profile() -> str:
    """What each task of a second run costs, the dearest first."""
    settings = {"ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks", "PROFILE_TASKS_TASK_OUTPUT_LIMIT": "all"}
    _before, _recap, tasks = play(SITE, settings=settings).output.partition("PLAY RECAP")
    return tasks


def _site() -> float:
    run = play(SITE)
    if run.changed:
        raise BenchmarkError(f"the second run of site.yml changed something:\n{run.output[-6000:]}")
    return run.seconds
