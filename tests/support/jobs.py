# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jobs beside each other, each with a log of its own: how far they are is said, and all that a failed one said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / ".cache" / "test"


@dataclass(frozen=True)
class Job:
    """Something to run: how it is called, and its command line."""

    name: str
    argv: list[str]


@dataclass
class Running:
    """A job that was begun, and its number among all."""

    job: Job
    number: int
    log: Path
    process: subprocess.Popen
    began: float


@dataclass
class Shop:
    """Where jobs are done, and which of them failed."""

    logs: Path = LOGS
    failed: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    _number: int = 0
    _total: int = 0
    _running: list[Running] = field(default_factory=list)

    def work(self, jobs: list[Job], at_once: int, to_the_end: bool) -> None:
        """Do all jobs, in this order, so many at a time; unless to the end, the first that fails ends the others.

        Whoever breaks it off waits until each has cleaned up behind itself.
        """
        waiting = list(jobs)
        self._total += len(jobs)
        try:
            while waiting or self._running:
                while waiting and len(self._running) < at_once:
                    self._begin(waiting.pop(0))
                time.sleep(0.1)
                for one in [one for one in self._running if one.process.poll() is not None]:
                    self._end(one)
                if self.failed and not to_the_end:
                    return
        finally:
            # As from the keyboard: pytest then removes the machines of its tests.
            for one in self._running:
                os.killpg(one.process.pid, signal.SIGINT)
            for one in self._running:
                one.process.wait()
            self._running.clear()

    def seconds(self) -> int:
        """Since the first job."""
        return round(time.monotonic() - self.begun)

    def _begin(self, job: Job) -> None:
        self._number += 1
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / (job.name.replace("/", "-") + ".log")
        _say(f"[{self._number}/{self._total}] {job.name} begins")
        with log.open("wb") as output:
            process = subprocess.Popen(
                job.argv,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append(Running(job, self._number, log, process, time.monotonic()))

    def _end(self, one: Running) -> None:
        self._running.remove(one)
        text = one.log.read_text(encoding="utf-8", errors="replace").rstrip()
        well = one.process.returncode == 0
        if not well:
            self.failed.append(one.job.name)
            print(text)
        took = f"{'passed' if well else 'FAILED'} after {time.monotonic() - one.began:.0f} s, {self.seconds()} s in all"
        last = text.rpartition("\n")[2]
        said = f": {last}" if well and any(map(str.isalpha, last)) else ""
        _say(f"[{one.number}/{self._total}] {one.job.name} {took}{said}")


def folders(expression: str, places: list[str]) -> list[str]:
    """The folders of tests in these places that have some which fit an expression of markers."""
    listing = [sys.executable, "-m", "pytest", "-m", expression, "--collect-only", "-qq", *places]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    files = {line.partition(":")[0] for line in done.stdout.splitlines() if line.startswith("tests/")}
    if done.returncode or not files:
        sys.exit(f"the tests that are {expression!r} cannot be listed:\n{done.stdout}{done.stderr}")
    return sorted({"/".join(Path(name).parent.parts[:3]) for name in files})


def _say(text: str) -> None:
    print(f"=== {text}", flush=True)
