# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers about restoring: restore, take-over."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import config as backup_settings
from ansible_collections.photosync.vps.plugins.module_utils.cli.output import Told, say, say_json, tell
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import load, path_of
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import Deadline, Late

REFUSED = 1


def restore(stack: str, asked: argparse.Namespace) -> int:
    """Say what would be replaced by what; with a confirmation, or where nothing is here yet, do it and prove it."""
    with _in_words_of_the_command():
        return _restore(stack, asked)


def _restore(stack: str, asked: argparse.Namespace) -> int:
    from ansible_collections.photosync.vps.plugins.module_utils.restore import (
        abandon,
        preview,
        safety_copy,
        target,
    )
    from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restoring
    from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked

    spec, settings, progress = target.here(stack), _settings(stack), Told()
    if asked.abandon:
        return _gone_back(asked, abandon.abandon(spec, settings, asked.confirm, progress))
    if asked.point.startswith(safety_copy.PREFIX):
        return _answer(asked, abandon.undo(spec, settings, asked.point, asked.confirm, progress))
    wanted = Asked(
        asked.point,
        asked.confirm,
        asked.only,
        asked.safety,
        asked.repository,
        asked.accept_differences,
        deadline=Deadline.within(asked.timeout, "restore_timeout"),
    )
    if asked.dry_run or not asked.confirm:
        found = restoring.look(spec, settings, wanted, progress)
        if asked.dry_run or found["refused"]:
            return _looked(stack, settings, asked, found)
        tell(preview.text(found))
    return _answer(asked, restoring.restore(spec, settings, wanted, progress))


def take_over(stack: str, _asked: argparse.Namespace) -> int:
    """Make this host the one that adds restore points."""
    from ansible_collections.photosync.vps.plugins.module_utils.backup import fence, ownership
    from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import repository

    spec, settings = load(path_of(stack)), _settings(stack)
    before = fence.take_over(repository(settings, stack, owns_lock=True), spec, settings)
    ownership.remember(spec, settings)
    fenced = f"; {before['host']} is fenced out" if before and before["host"] else ""
    say(f"this host makes the restore points of {stack} from now on{fenced}")
    return 0


@contextlib.contextmanager
def _in_words_of_the_command() -> Iterator[None]:
    """What is asked for is named as it is typed here, not as the playbook has it."""
    try:
        yield
    except (backup_settings.PointError, Late) as error:
        said = str(error).replace("restore_confirm=", "--confirm ").replace("restore_confirm is", "--confirm is")
        error.args = (said.replace("restore_timeout", "--timeout"),)
        raise


def _looked(stack: str, settings: backup_settings.Settings, asked: argparse.Namespace, found: dict[str, Any]) -> int:
    from ansible_collections.photosync.vps.plugins.module_utils.restore import preview

    if asked.json:
        say_json(found)
    else:
        say(preview.text(found))
    if not found["refused"]:
        return 0
    tell(f"\nnothing was changed; to do it, repeat the command with --confirm {stack}@{settings.host}")
    return 0 if asked.dry_run else REFUSED


def _answer(asked: argparse.Namespace, done: dict[str, Any]) -> int:
    if asked.json:
        say_json(done)
        return 0
    # What was accepted is not proved.
    say(
        "\n".join(
            [f"{done['point']} is restored" + ("" if done.get("accepted") else " and proved"), *done.get("report", [])]
        )
    )
    return 0


def _gone_back(asked: argparse.Namespace, done: dict[str, Any]) -> int:
    if asked.json:
        say_json(done)
        return 0
    # Killed in the middle and gone on with, going back is itself the restore that is half done.
    which = "" if done["back"].endswith(done["point"]) else f" of {done['point']}"
    say(f"the restore{which} is abandoned; what was here before it is back: {done['back']}")
    if done["started"]:
        say(f"serving again: {', '.join(done['started'])}")
    return 0


def _settings(stack: str) -> backup_settings.Settings:
    return backup_settings.load(backup_settings.path_of(stack))
