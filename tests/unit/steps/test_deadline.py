# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A work that takes too long, or one of its steps, ends with all that it has started, and goes on another time."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run as run_command
from ansible_collections.photosync.vps.plugins.module_utils.common.units import duration, parse_duration
from ansible_collections.photosync.vps.plugins.module_utils.steps import deadline, runner
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import NO_DEADLINE, Deadline, Late
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import Journal, Step

SLEEP = ["sleep", "60"]
DEAF = ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(str(tmp_path / "works" / "one.json"))


def waits(argv: list[str], beside: bool = False) -> Any:
    """What a step does that waits for a command, by itself or in a thread beside it."""

    def do(_work: Any) -> dict[str, Any]:
        if not beside:
            run_command(argv)
            return {}
        with ThreadPoolExecutor(1) as pool:
            list(pool.map(run_command, [argv]))
        return {}

    return do


def soon(why: str = "restore_timeout is 6h") -> Deadline:
    return Deadline(time.monotonic() + 0.3, why)


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("argv", [SLEEP, DEAF], ids=["listens", "deaf"])
def test_what_takes_too_long_ends_with_what_it_has_started_even_if_that_does_not_listen(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, argv: list[str], beside: bool
) -> None:
    monkeypatch.setattr(deadline, "GRACE", 0.3)
    begun = time.monotonic()
    with pytest.raises(
        Late,
        match="files has not ended in time: restore_timeout is 6h\n.* files counts as not done; to go on",
    ):
        runner.run(Step("files", waits(argv, beside)), journal, None, soon())
    assert time.monotonic() - begun < 20
    assert journal.result("files") is None
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_it_goes_on_with_the_step_that_was_late_and_what_is_in_time_is_left_alone(journal: Journal) -> None:
    done: list[str] = []
    steps = [
        Step("stop", lambda _work: done.append("stop") or {}),
        Step("files", waits(SLEEP), limit=lambda _work: soon()),
    ]
    with pytest.raises(Late):
        for step in steps:
            runner.run(step, journal, None)
    again = Journal(journal.path)
    for step in (steps[0], Step("files", lambda _work: done.append("files") or {}, limit=lambda _work: soon())):
        runner.run(step, again, None)
    assert done == ["stop", "files"]
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_step_has_its_own_time_and_where_somebody_gives_the_whole_work_a_time_that_alone(journal: Journal) -> None:
    asked: list[Any] = []

    def limit(work: Any) -> Deadline:
        asked.append(work)
        return Deadline.of_step(0.3, "restore_timeout")

    said = "it has 1m as long as restore_timeout is empty; where it needs more, set restore_timeout, such as 12h"
    with pytest.raises(Late, match=f"prove has not ended in time: {said}\n"):
        runner.run(Step("prove", waits(SLEEP), again=True, looks=True, limit=limit), journal, "the work")
    assert asked == ["the work"]
    slow = Step("prove", waits(["sleep", "0.6"]), limit=limit)
    assert runner.run(slow, journal, None, Deadline(time.monotonic() + 60)) == (True, {})
    assert asked == ["the work"], "whoever gives a work its time gives it to its steps too"


def test_late_is_said_once_however_long_the_end_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "GRACE", 0.1)
    cleaned = []
    with pytest.raises(Late), soon().kept("files"):
        try:
            run_command(SLEEP)
        finally:
            time.sleep(0.4)
            cleaned.append("up")
    assert cleaned == ["up"]
    with pytest.raises(CommandFailed), soon().kept("files"):
        try:
            run_command(SLEEP)
        except Late:
            # Whoever goes on all the same gets nothing more done.
            run_command(SLEEP)


def test_beside_the_main_thread_nobody_is_ended() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(ZeroDivisionError):
        pool.submit(lambda: soon().kept("files").__enter__() or 1 // 0).result()


def test_a_time_limit_is_a_duration_and_what_is_none_names_the_setting() -> None:
    assert Deadline.within("", "restore_timeout") == NO_DEADLINE
    left = Deadline.within("1h30m", "restore_timeout")
    assert 5390 < left.until - time.monotonic() <= 5400 and left.why == "restore_timeout is 1h30m"
    with pytest.raises(ValueError, match="restore_timeout: '6 hours' is not a duration, such as 6h or 90m"):
        Deadline.within("6 hours", "restore_timeout")


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.3, "1m"), (900, "15m"), (3600, "1h"), (5400.4, "1h30m"), (360000, "100h")]
)
def test_a_duration_is_said_as_it_is_read(seconds: float, said: str) -> None:
    assert duration(seconds) == said
    assert abs(parse_duration(said) - seconds) < 60
