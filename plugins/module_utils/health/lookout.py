# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Watch a stack's containers while Docker Compose starts them, which itself waits for one that can never be well."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Callable, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common import secret_values
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.health import engine
from ansible_collections.photosync.vps.plugins.module_utils.health.report import report
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Result
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

PAUSE = 1.0


class Lookout:
    """Calls ``alarm`` as soon as a container of the release cannot become healthy any more, or when time is up.

    :param spec: the release; containers that were made of another one may fail, since they are replaced.
    :param until: the end of all patience, on the monotonic clock.
    """

    def __init__(self, spec: Spec, until: float, alarm: Callable[[], None]):
        self._spec = spec
        self._until = until
        self._alarm = alarm
        self._seen: Optional[str] = None
        stopped = [container.id for container in compose.containers(spec.stack) if container.state != "running"]
        self._to_be_started = compose.started_at(stopped)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Lookout:
        self._thread.start()
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._over.set()

    def seen(self) -> Optional[str]:
        """What alarmed it, in words; None when nothing did."""
        return self._seen

    def _watch(self) -> None:
        while not self._over.is_set():
            left = self._until - time.monotonic()
            ours = self._ours()
            results = engine.check(
                _targets(self._spec), deadline=max(left, 0.1), stop=self._over, secrets=_secrets(self._spec)
            )
            if self._over.is_set():
                return
            if left <= 0 or self._lost(results, ours):
                self._seen = _told(self._spec, results)
                self._alarm()
                return
            self._over.wait(PAUSE)

    def _ours(self) -> dict[str, str]:
        """Containers that were made of this release and started by now, by service; the others' turn is yet to come."""
        wanted = {service.name: service.config.digest for service in self._spec.services}
        now = compose.started_at(list(self._to_be_started))
        waiting = {container for container, moment in now.items() if moment == self._to_be_started[container]}
        return {
            container.service: container.id
            for container in compose.containers(self._spec.stack)
            if container.config == wanted.get(container.service) and container.id not in waiting
        }

    def _lost(self, results: Sequence[Result], before: dict[str, str]) -> bool:
        """Whether one that cannot become healthy is of this release, and was so all the while it was looked at."""
        now = self._ours()
        return any(
            result.final and result.name in now and before.get(result.name) == now[result.name] for result in results
        )


def look(spec: Spec) -> str:
    """What is wrong with the stack's containers now, the first cause first."""
    return _told(spec, engine.check(_targets(spec), wait=False, secrets=_secrets(spec)))


def _targets(spec: Spec) -> list[Any]:
    return parse_targets([target for target in spec.health_targets if target["kind"] == "container"])


def _secrets(spec: Spec) -> list[str]:
    return secret_values.of_release(compose.folder(spec))


def _told(spec: Spec, results: Sequence[Result]) -> str:
    depends_on = {service.name: service.depends_on for service in spec.services}
    return str(report(results, depends_on)["msg"])
