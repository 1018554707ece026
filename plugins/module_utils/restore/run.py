# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put a point back, phase by phase, for the role, the host command, going back and drills alike.

The order is fixed. A service must not run on a database that is still empty, and what was there before goes only at the
end. Each phase can be run again; a finished one is not repeated.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.restore import (
    context,
    databases,
    differences,
    limits,
    phases,
    planning,
    proof,
)
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked, Restoring
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target
from ansible_collections.photosync.vps.plugins.module_utils.steps import runner, unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import overtaken_by
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import NEW, STOPPED, Step

STEPS = (
    # What would be replaced by what, and whether that may be.
    Step("plan", planning.plan, looks=True, again=True, limit=limits.minutes(60)),
    # The point is whole, while what is here still serves.
    Step("verify", phases.verify, looks=True, limit=limits.by_bytes),
    # What is here is kept, so that there is a way back.
    Step("safety", phases.keep, limit=limits.by_disks),
    # Nobody writes any more, and nobody starts anything.
    Step("stop", phases.stop, serves=STOPPED, holding=phases.nobody_starts, limit=limits.minutes(15)),
    # Each volume and each database is filled beside what is there, and takes its place when all are whole.
    Step("files", phases.files, limit=limits.by_bytes),
    Step("databases", databases.databases_of, limit=limits.by_bytes),
    # The passwords are those of this host, not those of the point.
    Step("credentials", phases.reconcile, limit=limits.minutes(15)),
    # Every row and every file is what the point holds, or a person accepts that it is not.
    Step("prove", proof.prove, looks=True, again=True, limit=limits.by_bytes),
    # It serves again; what was set aside goes. Compose and health have limits of their own, the engine has none.
    Step("start", phases.start, serves=NEW, limit=limits.minutes(30)),
    Step("finish", phases.finish, ends=True, limit=limits.by_bytes),
)
ORDER = tuple(step.name for step in STEPS)
# All that happens while no service runs.
DATA = ORDER[: ORDER.index("prove") + 1]
# What belongs to no order: the saved settings are laid aside to be looked at.
ASIDE = (Step("configuration", phases.configuration, limit=limits.minutes(60)),)
# A restore that was killed may have left restic or Compose running, which hold the lock until they end.
WAIT_SECONDS = 60.0
GOES_ON = "a restore that broke off would go on"
FAILURES = phases.FAILURES


@dataclass
class Restored:
    """What some phases of a restore have done: the results of each by its name."""

    point: str = ""
    changed: bool = False
    results: dict[str, dict[str, Any]] = field(default_factory=dict)


def look(target: Target, settings: Settings, asked: Asked, progress: Progress) -> dict[str, Any]:
    """What a restore would do, as its plan says, with ``refused``: why it has to be confirmed; empty where it has not.

    A restore that broke off was confirmed once, and goes on by itself. Who only looks has confirmed nothing.
    """
    try:
        done = run(["plan"], target, settings, replace(asked, confirm=None, dry_run=True), progress)
    except planning.Unconfirmed as error:
        return {**error.report, "refused": str(error)}
    found = done.results["plan"]
    return {**found, "refused": GOES_ON if found["resumed"] and found["replaces"] else ""}


def restore(target: Target, settings: Settings, asked: Asked, progress: Progress) -> dict[str, Any]:
    """Do all of it; returns ``{point, compared, accepted, left_out, safety, fenced, seconds, report}``.

    Raises Disproved where what is here then is not what the point holds.
    """
    done = run(ORDER, target, settings, asked, progress)
    found = done.results
    return {
        "point": done.point,
        "compared": found["prove"]["compared"],
        "accepted": found["prove"]["accepted"],
        "left_out": found["plan"]["left_out"],
        "safety": found["safety"],
        "fenced": found["finish"]["fenced"],
        "seconds": found["finish"]["seconds"],
        "report": found["finish"]["report"],
    }


def run(
    names: Sequence[str], target: Target, settings: Settings, asked: Asked, progress: Progress = silent
) -> Restored:
    """Do these phases in turn, and say which when they are several; the first finds out which point is meant.

    ``plan`` and ``prove`` look anew each time. What replaces data is refused until ``plan`` has allowed it. ``prove``
    raises Disproved where it finds differences that nobody has accepted.
    """
    done = Restored()
    for step in (_step(name) for name in names):
        if len(names) > 1:
            progress(f"phase {step.name}")
        wanted = replace(asked, point=done.point or asked.point)
        done.point, changed, done.results[step.name] = _do(step, target, settings, wanted, progress)
        done.changed = done.changed or changed
    return done


def _step(name: str) -> Step:
    return next(step for step in (*STEPS, *ASIDE) if step.name == name)


def _do(
    step: Step, target: Target, settings: Settings, asked: Asked, progress: Progress
) -> tuple[str, bool, dict[str, Any]]:
    """Do one phase, with nobody else at the stack's points; returns the point, whether it changed, and the result."""
    with _ways_told(target):
        with exclusive(target.state_dir, "restore", wait=WAIT_SECONDS, with_children=True):
            with asked.deadline.otherwise(lambda: limits.opening(target)).kept(
                f"opening the repository for {step.name}"
            ):
                work = context.opened(step.name, target, settings, asked, progress)
            if step.name != "safety":
                changed, result = _once(step, work)
        if step.name == "safety":
            # Making a point takes the lock itself.
            changed, result = _once(step, work)
    return work.manifest["id"], changed, result


@contextlib.contextmanager
def _ways_told(target: Target) -> Iterator[None]:
    """Whatever fails while a restore is half done names the ways on; a drill goes as a whole, so it has none."""
    try:
        yield
    except (planning.Unconfirmed, differences.Disproved):
        raise
    except FAILURES as error:
        told = "" if target.drill_of else unfinished.told(target.stack, target.state_dir)
        if not told or told in str(error):
            raise
        if not isinstance(error, PointError):
            raise PointError(f"{error}\n{told}") from error
        error.args = (f"{error}\n{told}",)
        raise


def _once(step: Step, work: Restoring) -> tuple[bool, dict[str, Any]]:
    """Do a phase where it is allowed, unless it is done already."""
    if step.again:
        return runner.run(step, work.journal, work, work.asked.deadline)
    done = work.journal.result(step.name)
    # A part that is accepted as it is may serve by now.
    if done is not None or work.asked.dry_run or (work.asked.accept and step.name == "stop"):
        return done is None and work.asked.dry_run and not step.looks, done or {}
    if work.target.bare:
        raise PointError(f"{step.name} needs a release on this host: run the deploy or restore playbook")
    if not work.journal.allowed:
        raise PointError(f"{step.name} was not allowed yet: the phase plan comes first")
    overtaken = overtaken_by(work.target.state_dir, work.journal.point)
    if overtaken and work.journal.scope != []:
        raise PointError(f"the restore of {work.journal.point} does not go on with {step.name}: {overtaken}")
    try:
        return runner.run(step, work.journal, work, work.asked.deadline)
    except FAILURES as error:
        raise PointError("\n".join([str(error), *_afterwards(step, work)])) from error


def _afterwards(step: Step, work: Restoring) -> list[str]:
    """Start again what may serve after a failure; returns what to say about it and about the way back."""
    said = []
    if step.name in phases.STANDING_STILL and (work.only or not work.journal.replaced):
        said += phases.serve_again(work)
    # What is half done, and its ways on, is said of every failure.
    nothing = not work.target.drill_of and not work.journal.half
    return [*said, "nothing that was here has been replaced"] if nothing else said
