# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers about restore points: backup, check, points, verify, prune."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import config as backup_settings
from ansible_collections.photosync.vps.plugins.module_utils.backup import leftout
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import LATEST
from ansible_collections.photosync.vps.plugins.module_utils.cli.output import Told, say, say_json, tell
from ansible_collections.photosync.vps.plugins.module_utils.common import table
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, load, path_of


def backup(stack: str, asked: argparse.Namespace) -> int:
    """Make a point, copy it, then remove those that retention no longer wants."""
    from ansible_collections.photosync.vps.plugins.module_utils.operations import jobs

    spec, settings = load(path_of(stack)), _settings(stack)
    if asked.spread and settings.schedule_spread:
        seconds = jobs.offset(stack, settings.host, settings.schedule_spread)
        tell(f"begins in {seconds:.0f} s, since hosts are spread over {settings.schedule_spread} minutes")
        time.sleep(seconds)
    done = jobs.backup(spec, settings, asked.reason, Told())
    made, retention = done["point"], done["retention"]
    if asked.json:
        say_json(done)
    else:
        say(f"restore point {made['id']} made, {len(retention['kept'])} kept, {len(retention['removed'])} removed")
    if done["failure"]:
        raise backup_settings.PointError(done["failure"])
    return 0


def check(stack: str, asked: argparse.Namespace) -> int:
    """Read the next part of every repository, or of one."""
    from ansible_collections.photosync.vps.plugins.module_utils.backup import check as checking
    from ansible_collections.photosync.vps.plugins.module_utils.notify import results
    from ansible_collections.photosync.vps.plugins.module_utils.operations import jobs

    spec, settings = load(path_of(stack)), _settings(stack)
    if asked.due and not checking.is_due(results.read(spec.state_dir), settings.check.every_days, results.now()):
        return 0
    found = jobs.check(spec, settings, tell, asked.repository)
    if asked.json:
        say_json(found)
    return 1 if any(one["error"] for one in found.values()) else 0


def prune(stack: str, asked: argparse.Namespace) -> int:
    """Remove the points that retention no longer wants; on any machine that has settings for it."""
    from ansible_collections.photosync.vps.plugins.module_utils.backup import prune as pruning

    where = backup_settings.load(asked.settings) if asked.settings else _settings(stack)
    # Whoever prunes for an append-only host has neither the stack nor its description.
    spec = Spec(stack, f"/var/lib/{stack}")
    done = pruning.prune(spec, where, tell, asked.repository)
    if asked.json:
        say_json(done)
    else:
        say(f"{len(done['kept'])} restore points kept, {len(done['removed'])} removed")
    return 0


def points(stack: str, asked: argparse.Namespace) -> int:
    """List the points in all repositories, or in one; or do what a person has decided about suspect ones."""
    from ansible_collections.photosync.vps.plugins.module_utils.backup.copying import whereabouts
    from ansible_collections.photosync.vps.plugins.module_utils.drill import result

    settings = _settings(stack)
    if asked.deed:
        return _decide(stack, settings, asked)
    if asked.repository:
        settings = replace(settings.at(asked.repository), copies=[])
    found, unasked = whereabouts(settings, stack, tell)
    drilled = result.read(f"/var/lib/{stack}")
    found = [{**point, "drilled": result.of_point(drilled, point["id"])} for point in found]
    for name, why in unasked.items():
        tell(f"repository {name} cannot be asked: {why}")
    if asked.json:
        say_json(found)
    elif found:
        say(render(found, len(settings.all()) > 1))
        say(left_out(found))
        say(f"last drill: {result.sentence(drilled['last'])}" if drilled else "no point has been drilled here yet")
    elif not unasked:
        say(f"the repository holds no restore point of {stack}")
    return 1 if unasked else 0


def _decide(stack: str, settings: backup_settings.Settings, asked: argparse.Namespace) -> int:
    from ansible_collections.photosync.vps.plugins.module_utils.backup import accept

    if not asked.point:
        raise backup_settings.PointError(f"{asked.deed} which points? `{stack} points` shows those that are suspect")
    deed = accept.accept if asked.deed == "accept" else accept.discard
    done = deed(Spec(stack, f"/var/lib/{stack}"), settings, asked.point, tell)
    if asked.json:
        say_json(done)
    return 0


def verify(stack: str, asked: argparse.Namespace) -> int:
    """Check a point against its own manifest."""
    from ansible_collections.photosync.vps.plugins.module_utils.operations import jobs

    report = jobs.verify(load(path_of(stack)), _settings(stack), Told(), asked.point or LATEST, asked.repository)
    if asked.json:
        say_json(report)
    elif report["ok"]:
        say(f"restore point {report['point']} is good: {len(report['dumps_read'])} dumps read to their end")
    else:
        say("\n".join([f"restore point {report['point']} cannot be relied on:", *report["problems"]]))
    return 0 if report["ok"] else 1


def render(found: list[dict[str, Any]], several: bool = False) -> str:
    """One line for each point; where each is complete, if there are several repositories."""
    rows = [
        [
            point["id"],
            point["time"],
            point["host"],
            point["databases"],
            table.size(point["bytes"]),
            _state(point),
            *([", ".join(point["repositories"])] if several else []),
        ]
        for point in found
    ]
    headings = ["point", "time", "host", "databases", "size", "state", *(["repositories"] if several else [])]
    return table.render(headings, rows, right=["databases", "size"])


def left_out(found: list[dict[str, Any]]) -> str:
    """What the newest complete point does not hold, in one line."""
    newest = next((point for point in reversed(found) if point["complete"]), None)
    if newest is None:
        return "no point is complete"
    return f"{newest['id']}: {leftout.sentence(newest['left_out']) or 'nothing is left out'}"


def _state(point: dict[str, Any]) -> str:
    if not point["complete"]:
        return "INCOMPLETE, lacks " + ", ".join(point["missing"])
    kept_for = f", kept before restoring {point['before_restore']}" if point["before_restore"] else ""
    if point["suspect"]:
        return f"SUSPECT{kept_for}{_drilled(point)}: {'; '.join(point['suspect'])}"
    return f"complete{kept_for}{_drilled(point)}" + (", accepted by a person" if point["accepted"] else "")


def _drilled(point: dict[str, Any]) -> str:
    outcome = point.get("drilled")
    if outcome is None:
        return ""
    return f", drilled {outcome['finished'][:10]}" if outcome["ok"] else ", DRILL FAILED"


def _settings(stack: str) -> backup_settings.Settings:
    return backup_settings.load(backup_settings.path_of(stack))
