# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check many targets at once until all are healthy, one deadline passes, or waiting can no longer help."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

from ansible_collections.photosync.vps.plugins.module_utils.health.containers import Found, Watch
from ansible_collections.photosync.vps.plugins.module_utils.health.docker_cli import Docker
from ansible_collections.photosync.vps.plugins.module_utils.health.issuance import LOG_LINES, last_trouble
from ansible_collections.photosync.vps.plugins.module_utils.health.probes import Children, probe
from ansible_collections.photosync.vps.plugins.module_utils.health.results import (
    PENDING,
    Outcome,
    Result,
    masked,
    verdict,
)
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import Target

FIRST_PAUSE = 0.05
PAUSE_FACTOR = 2.0
PAUSE_CAP = 1.0
JITTER = 0.2
# Between successes that must follow each other, and between looks at a target that is healthy while others are not.
STEADY_PAUSE = 0.5
HEALTHY_PAUSE = 2.0
# Threads that do not end in this time (a resolver that hangs cannot be interrupted) are left behind.
END_WITHIN = 1.0
LOOK_UP_EVERY = 0.2
FOREVER = float("inf")
LOG_LINE_LIMIT = 500


@dataclass(frozen=True)
class Progress:
    """Something new: the result that changed, seconds since the start, the names of all that are not healthy yet."""

    seconds: float
    result: Result
    waiting: tuple[str, ...]


@dataclass(frozen=True)
class _Rules:
    deadline: float
    wait: bool
    successes: int
    fail_fast: bool
    log_lines: int
    accept_pending_after: float
    secrets: Sequence[str]


def check(
    targets: Sequence[Target],
    deadline: Optional[float] = 60.0,
    wait: bool = True,
    successes: int = 1,
    fail_fast: bool = True,
    log_lines: int = 10,
    on_progress: Optional[Callable[[Progress], None]] = None,
    docker: str = "docker",
    stop: Optional[threading.Event] = None,
    accept_pending_after: Optional[float] = None,
    secrets: Sequence[str] = (),
) -> list[Result]:
    """Check all targets at the same time and return one result for each, or for each container of it, in their order.

    :param deadline: seconds for everything together; None leaves each probe its own timeout, and waits for ever.
    :param wait: go on until all are healthy at the same time; False looks once.
    :param successes: probes in a row that must succeed (containers: Docker's own ``retries`` decide instead).
    :param fail_fast: end as soon as one target can no longer become healthy.
    :param log_lines: last lines of the log kept for a container that is not healthy; 0 reads no log.
    :param on_progress: called in the caller's thread for every change.
    :param stop: ends the check early when another thread sets it.
    :param accept_pending_after: seconds for which certificates that are still to be issued are waited for when all else
        is healthy; None waits for them like for everything. See ``results.verdict``.
    :param secrets: values that appear in no result: not in errors, and not in what containers have said.
    """
    rules = _Rules(
        FOREVER if deadline is None else deadline,
        wait,
        successes if wait else 1,
        fail_fast,
        log_lines,
        FOREVER if accept_pending_after is None else accept_pending_after,
        secrets,
    )
    return _Check(targets, rules, on_progress, Docker(docker), stop).results() if targets else []


def pauses(generator: random.Random) -> Iterator[float]:
    """Seconds between failed probes: longer each time up to a cap, and never quite the same for two targets."""
    pause = FIRST_PAUSE
    while True:
        yield pause * generator.uniform(1 - JITTER, 1 + JITTER)
        pause = min(pause * PAUSE_FACTOR, PAUSE_CAP)


class _Check:
    def __init__(
        self,
        targets: Sequence[Target],
        rules: _Rules,
        on_progress: Optional[Callable[[Progress], None]],
        docker: Docker,
        stopped: Optional[threading.Event],
    ):
        self._targets = targets
        self._rules = rules
        self._on_progress = on_progress
        self._docker = docker
        self._stopped = stopped
        self._started = time.monotonic()
        self._found: queue.SimpleQueue[tuple[int, Found]] = queue.SimpleQueue()
        self._results: dict[int, dict[str, Result]] = {
            number: {target.name: _blank(target, target.name, target.subject)} for number, target in enumerate(targets)
        }
        self._pending_since = FOREVER
        self._stop = threading.Event()
        self._children = Children()
        watched = {number: target for number, target in enumerate(targets) if target.kind == "container"}
        self._watch = Watch(watched, self._report, docker) if watched else None

    def _report(self, number: int, found: Found) -> None:
        self._found.put((number, found))

    def _seconds(self) -> float:
        return time.monotonic() - self._started

    def _left(self) -> float:
        return self._rules.deadline - self._seconds()

    def _all(self) -> list[Result]:
        return [result for number in sorted(self._results) for result in self._results[number].values()]

    def results(self) -> list[Result]:
        """Run the check."""
        probing, watching = self._threads()
        for thread in watching + probing:
            thread.start()
        try:
            self._collect()
        finally:
            self._end(watching + probing)
        unwell = any(result.kind == "container" and not result.healthy for result in self._all())
        if self._rules.wait and self._watch and unwell and not any(thread.is_alive() for thread in watching):
            self._last_look(self._watch)
        for number, target in enumerate(self._targets):
            for result in self._results[number].values():
                self._explain(result, target)
        return self._all()

    def _threads(self) -> tuple[list[threading.Thread], list[threading.Thread]]:
        probing = [
            threading.Thread(target=self._probe, args=(number, target), daemon=True)
            for number, target in enumerate(self._targets)
            if target.kind != "container"
        ]
        if not self._watch:
            return probing, []
        work = self._watch.follow if self._rules.wait else self._watch.look
        return probing, [threading.Thread(target=work, daemon=True)]

    def _probe(self, number: int, target: Target) -> None:
        """Probe a target again and again; a healthy one too, so that in the end all are healthy at the same time."""
        waits = pauses(random.Random())
        streak = 0
        while not self._stop.is_set() and self._left() > 0:
            outcome = probe(target, self._left(), self._children)
            streak = streak + 1 if outcome.healthy else 0
            self._report(number, [(target.name, self._steady(outcome, streak))])
            if outcome.healthy:
                waits = pauses(random.Random())
                pause = HEALTHY_PAUSE if streak >= self._rules.successes else STEADY_PAUSE
            else:
                pause = next(waits)
            if not self._rules.wait or self._stop.wait(pause):
                return

    def _steady(self, outcome: Outcome, streak: int) -> Outcome:
        if not outcome.healthy or streak >= self._rules.successes:
            return outcome
        message = f"{streak} of {self._rules.successes} successes in a row"
        return Outcome(False, "unsteady", message, outcome.latency, details=outcome.details)

    def _collect(self) -> None:
        while not self._complete():
            left = min(self._left(), self._patience())
            if left <= 0 or (self._stopped and self._stopped.is_set()):
                return
            # Nobody wakes a queue: whoever may be stopped looks up now and then.
            patience = min(left, LOOK_UP_EVERY) if self._stopped else left
            try:
                number, found = self._found.get(timeout=None if patience == FOREVER else patience)
            except queue.Empty:
                continue
            self._record(number, found)

    def _patience(self) -> float:
        """Seconds left for certificates that are still to be issued, once nothing else is waited for."""
        return self._pending_since + self._rules.accept_pending_after - self._seconds()

    def _complete(self) -> bool:
        results = self._all()
        if not self._rules.wait:
            return all(result.attempts for result in results)
        if self._rules.fail_fast and any(result.final for result in results):
            return True
        return all(result.healthy or result.final for result in results)

    def _record(self, number: int, found: Found, keep_final: bool = False) -> None:
        """Take in what one target showed: its containers may be others than before."""
        seconds, target, before = self._seconds(), self._targets[number], self._results[number]
        self._results[number] = {
            name: before.get(name) or _blank(target, name, outcome.details.get("container", target.subject))
            for name, outcome in found
        }
        for name, outcome in found:
            result = self._results[number][name]
            if keep_final and result.final:
                continue
            if not result.record(self._without_secrets(outcome), seconds):
                continue
            if verdict(self._all()) != PENDING:
                self._pending_since = FOREVER
            elif self._pending_since == FOREVER:
                self._pending_since = seconds
            if self._on_progress:
                waiting = tuple(other.name for other in self._all() if not other.healthy)
                self._on_progress(Progress(round(seconds, 3), result, waiting))

    def _without_secrets(self, outcome: Outcome) -> Outcome:
        probed = outcome.details.get("last_probe")
        details = {"last_probe": masked(probed, self._rules.secrets)} if probed else {}
        return replace(
            outcome, error=masked(outcome.error, self._rules.secrets), details=dict(outcome.details, **details)
        )

    def _end(self, threads: Sequence[threading.Thread]) -> None:
        self._stop.set()
        self._children.end()
        if self._watch:
            self._watch.stop()
        end = time.monotonic() + END_WITHIN
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _last_look(self, watch: Watch) -> None:
        """Before containers are called unhealthy, ask once more: that tells their last probes, and misses nothing.

        What ended the check stays, though Docker may have started that container again in the meantime.
        """
        watch.look()
        while not self._found.empty():
            number, found = self._found.get()
            if self._targets[number].kind == "container":
                self._record(number, found, keep_final=True)

    def _explain(self, result: Result, target: Target) -> None:
        if result.healthy:
            return
        result.seconds = round(min(self._seconds(), self._rules.deadline), 3)
        result.error = result.error or f"no answer within {result.seconds:g} s"
        container = result.details.get("container")
        if container and self._rules.log_lines > 0:
            lines = self._docker.log_tail(container, self._rules.log_lines)
            result.details["log"] = [masked(line, self._rules.secrets)[:LOG_LINE_LIMIT] for line in lines]
        if result.pending and target.certificate_from:
            self._explain_pending(result, target)

    def _explain_pending(self, result: Result, target: Target) -> None:
        """Add why the certificate is not there; where no waiting brings it, the result is a failure like any other."""
        of_service = (other.details for other in self._all() if other.details.get("service") == target.certificate_from)
        container = next((details["container"] for details in of_service), None)
        lines = self._docker.log_tail(container, LOG_LINES) if container else []
        trouble = last_trouble(lines, target.server_name or urlsplit(target.url).hostname or "")
        if trouble is None:
            return
        result.error += "; " + masked(trouble.told(time.time()), self._rules.secrets)
        if trouble.hopeless:
            result.reason = "authority"


def _blank(target: Target, name: str, subject: Any) -> Result:
    return Result(name, target.kind, subject, needs=target.depends_on)
