# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever is done about restore points leaves a result, metrics, and news for whoever wants to hear it."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Mistaken, Settings
from ansible_collections.photosync.vps.plugins.module_utils.common import lock
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.drill import result
from ansible_collections.photosync.vps.plugins.module_utils.notify import notifications, results, send
from ansible_collections.photosync.vps.plugins.module_utils.operations import metrics
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec


class Report:
    """What an operation says of itself while it runs."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.copies: dict[str, str] = {}
        self.checks: dict[str, dict[str, Any]] = {}
        self.failure = ""
        self.summary = ""


@contextlib.contextmanager
def reported(operation: str, spec: Spec, settings: Settings, progress: Progress) -> Iterator[Report]:
    """Do an operation that is reported on: how it began, and how it ended, by an error or by ``failure``.

    Neither a result that cannot be kept nor news that cannot be sent is a reason to fail. A mistyped ID is no result.
    """
    begun, report = results.now(), Report()
    _tell(operation, spec, settings, report, [notifications.START], progress)
    try:
        yield report
    except Mistaken:
        raise
    except Exception as error:
        report.failure = str(error) or type(error).__name__
        _end(operation, spec, settings, begun, report, progress)
        raise
    _end(operation, spec, settings, begun, report, progress)


def _end(
    operation: str,
    spec: Spec,
    settings: Settings,
    begun: datetime.datetime,
    report: Report,
    progress: Progress,
) -> None:
    failed_before = False
    finished = results.now()

    def note(known: dict[str, Any]) -> None:
        nonlocal failed_before
        before = known["operations"].get(operation)
        failed_before = before is not None and not before["ok"]
        known.update(stack=spec.stack, host=settings.host)
        known["operations"][operation] = results.entry(before, begun, finished, report.failure, report.facts)
        for name, message in report.copies.items():
            known["copies"][name] = results.entry(known["copies"].get(name), begun, finished, message, {})
        for name, facts in report.checks.items():
            said = {key: value for key, value in facts.items() if key != "error"}
            known["checks"][name] = results.entry(known["checks"].get(name), begun, finished, facts["error"], said)
        for where, names in (("copies", {copy.name for copy in settings.copies}), ("checks", _names(settings))):
            known[where] = {name: result for name, result in known[where].items() if name in names}

    try:
        known = results.change(spec.state_dir, note)
        known = results.with_drills(known, result.read(spec.state_dir))
        _metrics(spec.stack, settings, known, progress)
    except (OSError, lock.Busy) as error:
        progress(f"the result cannot be kept: {error}")
    good = [notifications.RECOVERY] if failed_before else []
    happened = [notifications.FAILURE] if report.failure else [*good, notifications.SUCCESS]
    _tell(operation, spec, settings, report, happened, progress)


def _names(settings: Settings) -> set[str]:
    return {one.name for one in settings.all()}


def _metrics(stack: str, settings: Settings, known: dict[str, Any], progress: Progress) -> None:
    if not settings.metrics_folder:
        return
    try:
        metrics.write(settings.metrics_folder, stack, known)
    except OSError as error:
        progress(f"no metrics are written to {settings.metrics_folder}: {error}")


def _tell(
    operation: str,
    spec: Spec,
    settings: Settings,
    report: Report,
    happened: Sequence[str],
    progress: Progress,
) -> None:
    message = report.failure or report.summary
    told = []
    for one in settings.notifications:
        event = notifications.event_for(one, operation, happened)
        if event:
            news = notifications.News(
                spec.stack, settings.host, operation, event, message, report.facts.get("point") or ""
            )
            told.append((one, news))
    send.tell_all(told, progress)
