# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Have every image that a release needs: pulled where it comes from elsewhere, built where it is made of source."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.building import buildkit, pulling
from ansible_collections.photosync.vps.plugins.module_utils.building.errors import ImageError
from ansible_collections.photosync.vps.plugins.module_utils.building.held import Held, held
from ansible_collections.photosync.vps.plugins.module_utils.building.make import LABEL, Maker
from ansible_collections.photosync.vps.plugins.module_utils.building.memory import available_bytes
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Build, Service, Spec

Progress = Optional[Callable[[str], None]]

__all__ = ["ImageError", "Images", "Provided", "provide", "pull", "rebuild"]


@dataclass(frozen=True)
class Provided:
    """The image of one service: what was done for it (pulled, built or kept), its size in bytes, seconds it took."""

    service: str
    image: str
    action: str
    size: int
    seconds: float

    def line(self) -> str:
        """For a person."""
        took = f" in {self.seconds:.0f} s" if self.action == "built" else ""
        return f"{self.action} {self.service}{took}, {size(self.size)}"


@dataclass(frozen=True)
class Images:
    """The images of services, in the order of the release."""

    services: list[Provided]

    @property
    def changed(self) -> bool:
        """Whether any was pulled or built."""
        return any(provided.action != "kept" for provided in self.services)


def provide(spec: Spec, folder: str, on_progress: Progress = None) -> Images:
    """Have the images of all services; what is here already is neither pulled nor built again.

    :param spec: the release's stack.json.
    :param folder: the release's folder, with the files of the Compose project.
    :param on_progress: is told, in lines for a person, what is waited for, how far it is and for how long by now.
    :raises ImageError: when one cannot be had; what it names, and what serves, are as they were.
    """
    entries, tell = spec.services, on_progress or _silent
    before = {entry.name: held(entry.image) for entry in entries}
    missing = [entry for entry in entries if not _is_current(entry, before[entry.name])]
    pulled = _pull(folder, [entry.name for entry in missing if not entry.build], "missing", tell)
    built = _build(Maker(spec, folder, tell), [entry for entry in missing if entry.build])
    return _report(entries, before, {**pulled, **built})


def pull(spec: Spec, folder: str, services: Sequence[str] = (), on_progress: Progress = None) -> Images:
    """Fetch images anew, of all services or of some; those that are built are not fetched."""
    entries = [entry for entry in _chosen(spec, services) if not entry.build]
    before = {entry.name: held(entry.image) for entry in entries}
    took = _pull(folder, [entry.name for entry in entries], "always", on_progress or _silent)
    return _report(entries, before, took)


def rebuild(spec: Spec, folder: str, services: Sequence[str] = (), on_progress: Progress = None) -> Images:
    """Build images anew, of all services that are built or of some.

    A folder that changed since the release was prepared is built as it is now. That image is not taken for the
    release's own: the next deployment builds what it names.
    """
    entries = [entry for entry in _chosen(spec, services) if entry.build]
    before = {entry.name: held(entry.image) for entry in entries}
    return _report(entries, before, _build(Maker(spec, folder, on_progress or _silent, anew=True), entries))


def _is_current(entry: Service, image: Optional[Held]) -> bool:
    """Whether the image is here; a built one has to say itself that it is what its name says."""
    if image is None or not entry.build:
        return image is not None
    return image.labels.get(LABEL) == entry.build.digest


def _pull(folder: str, services: Sequence[str], policy: str, tell: Callable[[str], None]) -> dict[str, float]:
    """Seconds that pulling took, by service."""
    if not services:
        return {}
    began = time.monotonic()
    pulling.fetch(folder, services, policy, tell)
    return dict.fromkeys(services, time.monotonic() - began)


def _build(maker: Maker, entries: Sequence[Service]) -> dict[str, float]:
    """Seconds that building took, by service; as many at the same time as the host bears."""
    if not entries:
        return {}
    took: dict[str, float] = {}

    def job(entry: Service, plan: Build) -> Callable[[threading.Event], None]:
        def run(stop: threading.Event) -> None:
            took[entry.name] = maker.make(entry, plan, stop)

        return run

    maker.make_bases()
    workers = buildkit.workers(os.cpu_count() or 1, available_bytes())
    buildkit.at_once([job(entry, entry.build) for entry in entries if entry.build], workers)
    return took


def _report(entries: Sequence[Service], before: dict[str, Optional[Held]], seconds: dict[str, float]) -> Images:
    return Images([_provided(entry, before[entry.name], seconds.get(entry.name, 0.0)) for entry in entries])


def _provided(entry: Service, earlier: Optional[Held], seconds: float) -> Provided:
    now = held(entry.image)
    if now is None:
        raise ImageError("finding", entry.name, [f"there is no image {entry.image}"])
    same = earlier is not None and earlier.id == now.id
    action = "kept" if same else "built" if entry.build else "pulled"
    return Provided(entry.name, entry.image, action, now.size, seconds)


def _chosen(spec: Spec, services: Sequence[str]) -> list[Service]:
    return [entry for entry in spec.services if not services or entry.name in services]


def _silent(_line: str) -> None:
    """Nobody listens."""
