# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployment on its host, from a staged release to one that is proven healthy, or back to the one before.

Nothing that serves is touched before images are here and the files are valid. From then on there are two ends: the new
release is healthy, or the one that was proven before serves again. Whoever is killed in between leaves ``current``
naming a release that is not proven yet, and the next deployment goes on from there.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.lock import Busy
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.deploy import (
    clusters,
    converge,
    health_gate,
    images,
    proxy,
    release_folders,
    safety_backup,
    stage,
)
from ansible_collections.photosync.vps.plugins.module_utils.deploy.history import (
    FAILED,
    HEALTHY,
    POINT,
    ROLLED_BACK,
    History,
)
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.health.results import PENDING
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, SpecError
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

Tell = Callable[[str], None]
SERVING_FAILED = (converge.ConvergeFailed, health_gate.Unhealthy, CommandFailed, DatabaseError, OSError)
# What can go wrong while everything still serves as before.
BEFORE_THE_SWITCH = (
    images.ImageError,
    clusters.Misfit,
    proxy.InvalidCaddyfile,
    safety_backup.SafetyPointFailed,
    unfinished.HalfRestored,
    Busy,
    SpecError,
    CommandFailed,
    OSError,
)


class RolloutFailed(Exception):
    """The release does not serve. The message says why, and what serves now.

    :param rolled_back_to: the release that serves again; empty when none does.
    :param point: the restore point that was made before data was migrated; empty when there is none.
    """

    def __init__(self, message: str, rolled_back_to: str = "", point: str = ""):
        super().__init__(message)
        self.rolled_back_to = rolled_back_to
        self.point = point


@dataclass(frozen=True)
class Request:
    """What is to be deployed, and how.

    :param start: False switches to the release and starts nothing, for a restore that fills the volumes first.
    :param timeout: seconds that everything has to become healthy.
    :param certificate_timeout: seconds for a certificate to be issued when all else is healthy; later is no failure.
    :param lock_wait: seconds to wait for another deployment to end.
    :param keep: how many releases stay on the host.
    :param safety_point: make a restore point before a service whose new version migrates its data.
    :param restoring: the point of the restore that this is a part of. The release before must not run on its data, so
        there is no rolling back. Without one nothing starts while a restore is half done.
    """

    release: str
    who: str = ""
    start: bool = True
    timeout: float = 300.0
    certificate_timeout: float = health_gate.ISSUED_WITHIN
    lock_wait: float = 0.0
    keep: int = 5
    safety_point: bool = True
    restoring: str = ""

    @property
    def restores(self) -> bool:
        """Whether what the servers hold comes from a restore, so that an empty volume is meant to be empty."""
        return bool(self.restoring) or not self.start


@dataclass
class Done:
    """What a deployment did."""

    converged: compose.Converged = field(default_factory=compose.Converged)
    switched: bool = False
    health: dict[str, Any] = field(default_factory=dict)
    images: Optional[images.Images] = None
    point: str = ""
    pruned: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything is different from before."""
        return self.switched or bool(self.point or self.pruned) or self.converged.changed

    @property
    def notice(self) -> str:
        """What whoever deploys has to hear although it went well; usually nothing."""
        return self.health["msg"] if self.health.get("verdict") == PENDING else ""


def refuse(layout: Layout, restoring: str = "") -> None:
    """Raise HalfRestored where the stack may not be started; for who only asks what would happen."""
    if not restoring:
        stack = os.path.basename(layout.root)
        unfinished.refuse(stack, unfinished.state_dir_of(stack), "services would start on half of their data")


def roll_out(layout: Layout, request: Request, tell: Tell) -> Done:
    """Make a staged release the one that serves; raises RolloutFailed when it cannot."""
    spec = release_folders.spec_of(layout, request.release)
    what = f"the deployment of release {request.release}"
    with unfinished.starting(spec, what, request.who, request.lock_wait, tell, request.restoring):
        return _Rollout(layout, request, spec, tell).run()


class _Rollout:
    def __init__(self, layout: Layout, request: Request, spec: Spec, tell: Tell):
        self._layout = layout
        self._request = request
        self._spec = spec
        self._tell = tell
        self._history = History(spec.state_dir)
        self._done = Done()

    def run(self) -> Done:
        try:
            self._run()
        finally:
            self._forget_bases()
        return self._done

    def _run(self) -> None:
        in_place = stage.in_place(self._layout, self._request.release)
        if not (in_place and self._settled()):
            self._prepare()
        if not in_place:
            self._safety_point()
            stage.switch(self._layout, self._request.release)
            self._done.switched = True
        if self._request.start:
            self._start()

    def _settled(self) -> bool:
        return converge.settled(self._spec, compose.containers(self._spec.stack))

    def _prepare(self) -> None:
        """Everything that can fail without anybody noticing on the site."""
        folder = self._layout.release(self._request.release)
        self._done.images = images.provide(self._spec, folder, self._tell)
        for provided in self._done.images.services:
            if provided.action != "kept":
                self._tell(provided.line())
        clusters.refuse_misfits(self._spec, folder, self._folders_before(), self._request.restores)
        if self._spec.entry_point:
            proxy.validate(self._spec, self._spec.entry_point, folder)

    def _folders_before(self) -> list[str]:
        """Folders of the releases that the data may be from: the current one, and the one that was proven last."""
        served = {self._layout.current_digest(), self._history.proven(besides=self._request.release)}
        names = sorted(name for name in served - {None, self._request.release} if name)
        return [self._layout.release(name) for name in names if release_folders.complete(self._layout, name)]

    def _safety_point(self) -> None:
        if self._request.safety_point:
            try:
                self._done.point = safety_backup.point_before(self._layout, self._spec, self._tell)
            except safety_backup.SafetyPointFailed as error:
                if self._history.proven():
                    raise
                # What is left of a first release that somebody killed may lack its databases: there is nothing to lose.
                self._tell(f"no release was healthy here before, so it goes on without a restore point: {error}")
        if self._done.point:
            serving = self._layout.current_digest() or ""
            self._history.note(self._request.release, POINT, self._request.who, self._done.point, of=serving)

    def _start(self) -> None:
        # Another one that was healthy since: somebody was killed who switched to this one.
        proven = self._history.proven() == self._request.release
        try:
            self._done.converged, self._done.health = self._serve(self._spec)
        except SERVING_FAILED as failure:
            if proven and not self._done.switched:
                raise RolloutFailed(str(failure)) from failure
            raise self._back(failure) from failure
        if self._done.switched or not proven:
            self._note(self._request.release, HEALTHY)
            self._prune()

    def _back(self, failure: Exception) -> RolloutFailed:
        """Bring the release before back where that is allowed; returns the error that tells of it all."""
        name, why = self._request.release, str(failure)
        before = self._history.proven(besides=name)
        stays = self._why_it_stays(before)
        if stays or before is None:
            self._note(name, FAILED, why)
            point = self._history.point(before) if before else ""
            return RolloutFailed(f"release {name} does not serve:\n{why}\n\n{stays}", point=point)
        self._tell(f"release {name} is not healthy; bringing back {before}")
        try:
            spec = release_folders.spec_of(self._layout, before)
            images.provide(spec, self._layout.release(before), self._tell)
            stage.switch(self._layout, before)
            self._serve(spec)
        except (*SERVING_FAILED, images.ImageError) as error:
            self._note(name, FAILED, why)
            told = (
                f"release {name} does not serve:\n{why}\n\nRelease {before}, the one before, does not either:\n{error}"
            )
            return RolloutFailed(told)
        self._note(name, ROLLED_BACK, why)
        self._note(before, HEALTHY)
        told = f"release {name} does not serve and was rolled back; {before}, the one before, serves again.\n{why}"
        return RolloutFailed(told, rolled_back_to=before)

    def _why_it_stays(self, before: Optional[str]) -> str:
        """Why the release is left as it is, for whoever looks at it; empty where it can be rolled back."""
        stack = self._spec.stack
        if self._request.restoring:
            return unfinished.told(stack, self._spec.state_dir) or "It is left as it is, for inspection."
        if before is None or not release_folders.complete(self._layout, before):
            why = "It is left as it is, for inspection: no release was healthy here before."
            return f"{why} See `{stack} ps` and `{stack} logs`."
        migrating = safety_backup.migrating(release_folders.spec_of(self._layout, before), self._spec)
        if not migrating:
            return ""
        names = ", ".join(migrating)
        text = (
            f"It is not rolled back: the new {names} may have migrated data, which release {before} cannot read then."
        )
        back = f"`{stack} rollback {before} --accept-migrated-data`"
        point = self._history.point(before)
        if not point:
            return f"{text} No restore point was made before. {back} goes back all the same."
        return (
            f"{text} The restore point {point} was made before: {back}, then the playbook restore with "
            f"-e restore_point={point}, bring release and data back."
        )

    def _note(self, release: str, outcome: str, why: str = "") -> None:
        """A full disk must not keep a release from being brought back, nor make a healthy one a failure."""
        try:
            self._history.note(release, outcome, self._request.who, why)
        except OSError as error:
            self._tell(f"what became of release {release} could not be noted: {error}")

    def _prune(self) -> None:
        needed = [self._request.release, self._history.proven(besides=self._request.release) or ""]
        releases, gone = release_folders.prune(self._layout, self._request.keep, needed)
        self._done.pruned = [f"release {name}" for name in releases] + [f"image {name}" for name in gone]

    def _forget_bases(self) -> None:
        """Remove what earlier attempts and settings started builds from; what fails here is done the next time."""
        serving = self._layout.current_digest()
        with contextlib.suppress(CommandFailed, OSError):
            here = release_folders.names(self._layout)
            needed = [name for name in here if name == serving or self._history.is_proven(name)]
            gone = release_folders.prune_bases(self._layout, self._spec.stack, needed)
            self._done.pruned += [f"image {name}" for name in gone]

    def _serve(self, spec: Spec) -> tuple[compose.Converged, dict[str, Any]]:
        """Converge the containers on the current release and wait until all of it is healthy."""
        began, timeout = time.monotonic(), self._request.timeout
        converged = converge.up(spec, on_progress=self._tell, deadline=timeout)
        left = max(timeout - (time.monotonic() - began), 5.0)
        return converged, health_gate.wait(spec, left, self._tell, self._request.certificate_timeout)
