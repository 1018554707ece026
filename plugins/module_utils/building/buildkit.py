# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Build images with BuildKit: command lines, one build, and several at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from ansible_collections.photosync.vps.plugins.module_utils.building.errors import ImageError
from ansible_collections.photosync.vps.plugins.module_utils.building.follow import follow
from ansible_collections.photosync.vps.plugins.module_utils.building.private import Private
from ansible_collections.photosync.vps.plugins.module_utils.building.transcript import Transcript, joined
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed

# The engine's own builder, whichever one its owner chose for himself: its results are images of this engine.
_BUILD = ("docker", "buildx", "build", "--builder", "default", "--progress", "plain")
MEMORY_EACH = 1_000_000_000


@dataclass(frozen=True)
class Build:
    """One run of BuildKit.

    ``image`` is the name of what it makes; with none a stage only has to pass, as the one with the tests. ``step`` says
    in a word what it is for.
    """

    service: str
    context: str
    image: str = ""
    dockerfile: str = ""
    target: str = ""
    step: str = "building"
    args: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def argv(self) -> list[str]:
        """The command line, without what is private."""
        return [
            *_BUILD,
            *(["--tag", self.image] if self.image else ["--output", "type=cacheonly"]),
            *(["--file", self.dockerfile] if self.dockerfile else []),
            *(["--target", self.target] if self.target else []),
            *(f"--build-arg={name}={value}" for name, value in self.args.items()),
            *(f"--build-context={name}={where}" for name, where in self.contexts.items()),
            *(f"--label={name}={value}" for name, value in self.labels.items()),
        ]


def build(one: Build, private: Private, on_progress: Callable[[str], None], stop: threading.Event) -> float:
    """Build, and say how far it is; returns how many seconds it took. Raises ImageError."""
    transcript, began = Transcript(), time.monotonic()
    doing = f"{one.step} {one.service}"

    def hear(line: str) -> None:
        step = transcript.hear(private.mask(line))
        if step:
            on_progress(f"{doing}: {step}")

    def tick() -> None:
        on_progress(f"{doing}: {joined(transcript.running)}, {time.monotonic() - began:.0f} s")

    argv = [*one.argv(), *private.argv(), one.context]
    try:
        follow(argv, hear, on_tick=tick, stop=stop, env=private.environment())
    except CommandFailed as error:
        said = transcript.tail() or [private.mask(str(error))]
        raise ImageError(one.step, one.service, said, transcript.failed_step) from error
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
