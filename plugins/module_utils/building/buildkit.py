# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build images with BuildKit: command lines, one build, and several at the same time."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Dict, List

from ansible_collections.photosync.vps.plugins.module_utils.building.errors import ImageError
from ansible_collections.photosync.vps.plugins.module_utils.building.follow import follow
from ansible_collections.photosync.vps.plugins.module_utils.building.transcript import Transcript, joined
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed

# The engine's own builder, whichever one its owner chose for himself: its results are images of this engine.
_BUILD = ("docker", "buildx", "build", "--builder", "default", "--progress", "plain")
MEMORY_EACH = 1_000_000_000


@dataclass(frozen=True)
class Build:
    """One run of BuildKit: what it makes an image of, and the image's name; none for a stage that only has to pass."""

    service: str
    context: str
    image: str = ""
    dockerfile: str = ""
    target: str = ""
    step: str = "building"
    args: Dict[str, str] = field(default_factory=dict)
    contexts: Dict[str, str] = field(default_factory=dict)

    def argv(self) -> List[str]:
        """The command line."""
        return [
            *_BUILD,
            *(["--tag", self.image] if self.image else []),
            *(["--file", os.path.join(self.context, self.dockerfile)] if self.dockerfile else []),
            *(["--target", self.target] if self.target else []),
            *(f"--build-arg={name}={value}" for name, value in self.args.items()),
            *(f"--build-context={name}={where}" for name, where in self.contexts.items()),
            self.context,
        ]


def build(one: Build, on_progress: Callable[[str], None], stop: threading.Event) -> float:
    """Build, and say how far it is; returns how many seconds it took. Raises ImageError."""
    transcript, began = Transcript(), time.monotonic()
    doing = f"{one.step} {one.service}"

    def hear(line: str) -> None:
        step = transcript.hear(line)
        if step:
            on_progress(f"{doing}: {step}")

    def tick() -> None:
        on_progress(f"{doing}: {joined(transcript.running)}, {time.monotonic() - began:.0f} s")

    try:
        follow(one.argv(), hear, on_tick=tick, stop=stop)
    except CommandFailed as error:
        raise ImageError(one.step, one.service, transcript.tail() or [str(error)], transcript.failed_step) from error
    return time.monotonic() - began


def at_once(jobs: Sequence[Callable[[threading.Event], None]], workers: int) -> None:
    """Do all jobs, so many at the same time; the first that fails stops the others and is raised."""
    stop = threading.Event()
    with ThreadPoolExecutor(max(1, workers)) as pool:
        running = [pool.submit(job, stop) for job in jobs]
        done, _ahead = wait(running, return_when=FIRST_EXCEPTION)
        failed = [future for future in running if future in done and future.exception()]
        if failed:
            stop.set()
            for future in running:
                future.cancel()
            failed[0].result()


def workers(cores: int, free_memory: int) -> int:
    """How many builds at the same time this host bears: one for each core, and for each gigabyte that is free."""
    return max(1, min(cores, free_memory // MEMORY_EACH))
