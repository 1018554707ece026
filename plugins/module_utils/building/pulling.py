# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Fetch images with Docker Compose, all at once, and say how far it is."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from ansible_collections.photosync.vps.plugins.module_utils.building.errors import ImageError
from ansible_collections.photosync.vps.plugins.module_utils.building.follow import follow
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed

_LAYER = re.compile(
    r"^(?P<layer>[0-9a-f]{12}) (?P<doing>Downloading|Extracting) .*\]\s+(?P<done>[\d.]+\w*B)/(?P<all>[\d.]+\w*B)$"
)
_LAYER_LOADED = re.compile(r"^(?P<layer>[0-9a-f]{12}) (Download complete|Pull complete)$")
_SERVICE = re.compile(r"^(?P<service>\S+) (?P<how>Pulled|Error)\b\s*(?P<why>.*)$")
_ROUTINE = re.compile(r"^([0-9a-f]{12}|\S+ (Pulling|Pulled|Skipped|Interrupted)\b)")
_SIZE = re.compile(r"^([\d.]+)(\w*)B$")
_UNITS = {"": 1, "k": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}
TAIL_LINES = 20


class Pulling:
    """How far the fetching of several services' images is, from what Compose says."""

    def __init__(self, services: Sequence[str]) -> None:
        self.waiting: list[str] = list(services)
        self.said: list[str] = []
        self._all = len(services)
        self._layers: dict[str, tuple[int, int]] = {}

    def hear(self, line: str) -> str:
        """Take one line; returns what a person wants to know of it, mostly nothing."""
        line = line.strip()
        layer, loaded, service = _LAYER.match(line), _LAYER_LOADED.match(line), _SERVICE.match(line)
        if layer and layer["doing"] == "Downloading":
            self._layers[layer["layer"]] = (_bytes(layer["done"]), _bytes(layer["all"]))
        elif loaded and loaded["layer"] in self._layers:
            whole = self._layers[loaded["layer"]][1]
            self._layers[loaded["layer"]] = (whole, whole)
        elif service and service["how"] == "Pulled" and service["service"] in self.waiting:
            self.waiting.remove(service["service"])
            return f"[{self._all - len(self.waiting)}/{self._all}] pulled {service['service']}"
        if not _ROUTINE.match(line):
            self.said = [*self.said[-TAIL_LINES:], line]
        return ""

    def progress(self, seconds: float) -> str:
        """What is still waited for, how much of it is here, and for how long by now."""
        done, whole = (sum(layer[part] for layer in self._layers.values()) for part in (0, 1))
        loaded = f"{done / 1e6:.0f} of {whole / 1e6:.0f} MB, " if whole else ""
        return (
            f"[{self._all - len(self.waiting)}/{self._all}] pulling {', '.join(self.waiting)}: {loaded}{seconds:.0f} s"
        )


def fetch(folder: str, services: Sequence[str], policy: str, on_progress: Callable[[str], None]) -> None:
    """Fetch the images of services; raises ImageError, which names those that are still not here.

    :param folder: where the project's files lie.
    :param policy: Compose's; "missing" or "always".
    """
    pulling, began = Pulling(services), time.monotonic()

    def hear(line: str) -> None:
        news = pulling.hear(line)
        if news:
            on_progress(news)

    command = ["docker", "compose", "--progress", "plain", "pull", "--ignore-buildable", "--policy", policy, *services]
    on_progress(f"[0/{len(services)}] pulling {', '.join(services)}")
    try:
        follow(
            command,
            hear,
            on_tick=lambda: on_progress(pulling.progress(time.monotonic() - began)),
            env={"PWD": folder},
            cwd=folder,
        )
    except CommandFailed as error:
        raise ImageError("pulling", ", ".join(pulling.waiting), pulling.said or [str(error)]) from error


def _bytes(text: str) -> int:
    """A size as Docker writes it: 3.722MB."""
    match = _SIZE.match(text)
    return int(float(match[1]) * _UNITS.get(match[2], 1)) if match else 0
