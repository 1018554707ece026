# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever is deployed in whatever order, fails or is killed: what serves is proven, or it is said why not.

What a deployment has to end in is worked out beforehand from what was proven, what serves and which images are ill, and
from nothing that a killed one has left: so whoever runs it again ends where nobody was killed.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import listing
from ansible_collections.photosync.vps.plugins.module_utils.deploy import release_folders, rollback, rollout
from ansible_collections.photosync.vps.plugins.module_utils.deploy.history import (
    FAILED,
    HEALTHY,
    POINT,
    ROLLED_BACK,
    History,
)
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support import effort
from support.fakes import description
from support.fakes.container import Container
from support.fakes.world import World

WEB = ("example/web:1", "example/web:2", "example/web:3")
WIKI, FRONT, JOB, NOWHERE = "example/wiki:1", "example/front:1", "example/job:1", "example/web:nowhere"
# What a deployment may end in.
SERVES, BACK, NEITHER, STAYS, TOLD, REFUSED = "serves", "back", "neither", "stays", "told", "refused"
HALF = "20261124T030000Z-3f9a"
CHANGES = some.fixed_dictionaries(
    {
        "web": some.sampled_from([*WEB, *WEB, *WEB, NOWHERE]),
        "colour": some.sampled_from(["red", "blue"]),
        "domain": some.sampled_from(["photos.example", "photos.example", "new.example", "wrong.example"]),
        "more": some.booleans(),
        "job": some.sampled_from(["", "", "once", "again"]),
    }
)
# After how many points it is killed, if it is.
KILLED = some.one_of(some.just(0), some.integers(1, 24))


@dataclass(frozen=True)
class Expected:
    """How a deployment ends, which release is to be gone back to, and whether a point has to come first.

    Before any release was healthy here it is None: what is there need not be whole enough to be saved.
    """

    end: str
    before: str | None
    point: bool | None


class Rollouts(RuleBasedStateMachine):
    """A host, and whatever may happen to it."""

    @initialize(migrates=some.booleans(), backups=some.booleans())
    def begin(self, migrates: bool, backups: bool) -> None:
        self.folder = tempfile.mkdtemp()
        self.world = World(Path(self.folder))
        self.world.__enter__()
        for image in (*WEB[1:], WIKI, FRONT):
            self.world.image(image, here=False)
        self.world.image(JOB, here=False, crashes=0, checked=False)
        self.world.docker.on_start.append(self.has_its_database)
        self.migrates, self.backups = migrates, backups
        if backups:
            self.world.have_backups()
        self.laid: dict[str, dict[str, Any]] = {}
        self.steady = self.killed = ""
        self.data: dict[str, Any] = {}
        # The points by the release that served when they were made; what was known when a release was last proven.
        self.points_of: dict[str, str] = {}
        self.images_then: dict[str, str] = {}
        self.since_then: set[str] = set()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    # What happens.

    @rule(changes=CHANGES, at=KILLED, power=some.booleans(), keep=some.integers(1, 3), restoring=some.booleans())
    def a_release_is_deployed(self, changes: dict[str, Any], at: int, power: bool, keep: int, restoring: bool) -> None:
        part = {"restoring": HALF, "safety_point": False} if restoring and self.half else {}
        self.deploy(self.lay(changes), at, power, keep=keep, **part)

    @precondition(lambda self: self.laid)
    @rule(data=some.data(), at=KILLED, power=some.booleans())
    def a_release_is_deployed_once_more(self, data: Any, at: int, power: bool) -> None:
        name = list(self.laid)[data.draw(some.integers(0, len(self.laid) - 1))]
        self.deploy(description.lay(self.laid[name]), at, power)

    @precondition(lambda self: self.killed)
    @rule(at=KILLED, ill=some.booleans())
    def what_was_killed_is_done_again(self, at: int, ill: bool) -> None:
        if ill and self.images(self.killed)["web"] != NOWHERE:
            self.world.docker.available[self.images(self.killed)["web"]].sick = True
        self.deploy(description.lay(self.laid[self.killed]), at, True)

    @precondition(lambda self: self.world.layout.current_digest())
    @rule(at=KILLED, power=some.booleans(), accept=some.booleans())
    def somebody_goes_back(self, at: int, power: bool, accept: bool) -> None:
        serving, before = self.current, self.proven(besides=self.current)
        try:
            name = rollback.target(self.world.layout, accept_migrated_data=accept)
        except rollback.CannotGoBack as refused:
            assert not self.complete(before) or (self.migrating(serving, before) and not accept), refused
            return
        assert name == before and (accept or not self.migrating(serving, before))
        # Somebody says that the data may be what it is.
        self.deploy(name, at, power, safety_point=False)

    @precondition(lambda self: self.steady and not self.half)
    @rule()
    def the_proven_release_is_deployed_again(self) -> None:
        done: list[rollout.Done] = []
        passed = self.world.points(lambda: done.append(self.roll_out(self.steady)))
        assert passed == 0 and not done[0].changed, self.world.commands.passed[-passed:]

    @rule(image=some.sampled_from([*WEB, WIKI]), crashes=some.booleans())
    def an_image_is_ill(self, image: str, crashes: bool) -> None:
        found = self.world.docker.available[image]
        found.sick, found.crashes = not crashes, 3 if crashes else None
        for one in self.world.docker.containers.values():
            if one.image is found and crashes and one.state == "running":
                one.state, one.exit_code = "exited", 3
        self.steady = ""

    @rule(image=some.sampled_from([*WEB, WIKI]))
    def an_image_is_well(self, image: str) -> None:
        found = self.world.docker.available[image]
        self.steady = "" if found.sick or found.crashes else self.steady
        found.sick, found.crashes = False, None

    @precondition(lambda self: self.world.docker.containers)
    @rule(data=some.data(), gone=some.booleans())
    def a_neighbour_stops_or_removes_a_container(self, data: Any, gone: bool) -> None:
        listed = sorted(self.world.docker.containers.values(), key=lambda one: one.name)
        container = listed[data.draw(some.integers(0, len(listed) - 1))]
        self.world.docker.stop(container)
        if gone:
            self.world.docker.remove(container)
        self.steady = ""

    @precondition(lambda self: len(self.laid) > 1)
    @rule(data=some.data())
    def the_folder_of_a_release_is_lost(self, data: Any) -> None:
        name = list(self.laid)[data.draw(some.integers(0, len(self.laid) - 1))]
        if name != self.current:
            shutil.rmtree(self.world.layout.release(name), ignore_errors=True)

    @precondition(lambda self: self.world.layout.current_digest())
    @rule()
    def a_restore_breaks_off(self) -> None:
        self.restore.replacing()
        self.steady = ""

    @precondition(lambda self: self.half)
    @rule()
    def the_restore_ends(self) -> None:
        self.restore.close()

    # How it has to end.

    def deploy(self, name: str, at: int, power: bool, **asked: Any) -> None:
        """Deploy a release, or be killed on the way; then all promises have to be kept."""
        expected, serving = self.expected(name, **asked), self.current
        known, containers, points = len(self.history.entries), self.containers, self.points()
        needed = {one for one in (serving, self.proven(), self.proven(besides=name)) if self.complete(one)}
        ended: list[tuple[str, Any]] = []
        begun, jobs, fitting = len(self.world.commands.passed), self.jobs(name), self.fitting(name)
        killed = self.world.killed(lambda: ended.append(self.ended(name, **asked)), at, power=power)
        passed = self.world.commands.passed[begun:]
        made = self.points() - points
        if made and serving:
            self.points_of[serving] = max(made)
            self.since_then |= made
        self.steady, self.killed = "", name if killed else ""
        self.keeps_the_truth(self.history.entries[known:], name)
        self.keeps_data_apart(asked)
        if not any("to /opt/world/current" in one for one in passed) and serving != name and power:
            assert self.containers == containers, "what serves is left alone before the switch"
        if not killed:
            how, what = ended[0]
            assert how == expected.end, (how, expected, what)
            assert expected.point is None or bool(made) == (expected.point and how != REFUSED)
            getattr(self, f"it_{how}")(name, expected, what, passed, containers)
            if how == SERVES:
                assert passed.count("docker: starting job") == jobs, "a job does its work once"
                assert fitting <= self.fitting(name), "what is as it should be runs on"
            if how == SERVES and what.switched:
                self.is_pruned(what, [name, self.proven(besides=name)], asked.get("keep", 5))
        assert all(
            self.complete(one) for one in {self.proven(), self.proven(besides=self.current)}.intersection(needed)
        )

    def it_serves(self, name: str, expected: Expected, done: rollout.Done, passed: list[str], _was: Any) -> None:
        assert self.current == name and self.serves(name)
        assert self.history.is_proven(name) and self.proven() == name
        assert done.changed or not [one for one in passed if "docker" in one or "current" in one]
        self.steady = name
        if not self.data:
            self.world.fill()
            self.data = self.world.data()

    def it_back(self, name: str, expected: Expected, failed: Any, _passed: Any, _was: Any) -> None:
        assert self.current == failed.rolled_back_to == expected.before and self.serves(expected.before)
        assert [one["outcome"] for one in self.history.entries[-2:]] == [ROLLED_BACK, HEALTHY]
        assert self.names_the_cause(name, failed)
        self.steady = expected.before or ""

    def it_neither(self, name: str, expected: Expected, failed: Any, _passed: Any, _was: Any) -> None:
        assert self.current == expected.before and not failed.rolled_back_to
        assert self.history.entries[-1]["outcome"] == FAILED
        assert self.names_the_cause(name, failed) and self.names_the_cause(expected.before, failed)

    def it_stays(self, name: str, expected: Expected, failed: Any, _passed: Any, _was: Any) -> None:
        assert self.current == name and not failed.rolled_back_to
        assert self.history.entries[-1]["outcome"] == FAILED
        assert self.names_the_cause(name, failed)
        if self.half:
            assert "the restore of" in str(failed)
        elif expected.before and self.complete(expected.before):
            point = self.points_of.get(expected.before, "")
            assert failed.point == point
            assert (point or "No restore point was made before") in str(failed)

    def it_told(self, name: str, _expected: Expected, failed: Any, _passed: Any, _was: Any) -> None:
        assert self.current == name and self.proven() == name and self.names_the_cause(name, failed)

    def it_refused(self, _name: str, _expected: Expected, _why: Any, passed: list[str], was: Any) -> None:
        assert self.containers == was
        assert not [one for one in passed if "releases.json" in one or "current" in one]
        if self.half:
            with pytest.raises(unfinished.HalfRestored):
                rollout.refuse(self.world.layout)

    # The promises.

    def has_its_database(self, container: Container) -> None:
        """Whoever needs a database finds it as it starts."""
        if container.service == "web":
            assert "albums" in self.world.cluster["databases"]

    def keeps_the_truth(self, entries: list[dict[str, Any]], name: str) -> None:
        """What was noted is what happened, however it ended."""
        for entry in entries:
            if entry["outcome"] == POINT:
                assert entry["why"] in self.points()
            elif entry["outcome"] == HEALTHY:
                assert self.current == entry["release"] and self.serves(entry["release"])
                self.images_then = self.images(entry["release"])
                self.points_of.pop(entry["release"], None)
                self.since_then = set()
            else:
                assert entry["release"] == name and self.ill(name), entry

    def keeps_data_apart(self, asked: dict[str, Any]) -> None:
        """No new version has met data of which there is no point, where somebody has not said that it may."""
        if not asked.get("safety_point", True):
            self.images_then = {}
        for one in self.world.docker.containers.values():
            if one.service == "web" and self.migrates and self.backups and self.images_then and one.started > "1":
                assert one.reference == self.images_then["web"] or self.since_then

    def is_pruned(self, done: rollout.Done, needed: list[str | None], keep: int) -> None:
        """What is too much has gone, and no image of what can be gone back to."""
        here = os.listdir(self.world.layout.releases)
        assert len(here) <= keep + 2
        assert not [one for one in done.pruned if one.split(" ")[1] in {*here, *self.world.docker.images}]
        images = {image for name in needed if self.complete(name) for image in self.images(name).values()}
        assert images <= {*self.world.docker.images}

    @invariant()
    def data_is_as_it_was(self) -> None:
        if getattr(self, "data", None):
            assert self.world.data() == self.data

    # What is known.

    def expected(self, name: str, **asked: Any) -> Expected:
        before, serving = self.proven(besides=name), self.current
        switches = serving != name
        point: bool | None = (
            switches
            and self.backups
            and asked.get("safety_point", True)
            and self.complete(serving)
            and self.migrating(serving, name)
        )
        refused = self.half and not asked.get("restoring")
        if refused or self.images(name)["web"] == NOWHERE or "wrong" in self.laid[name]["domain"]:
            return Expected(REFUSED, before, False)
        if point and not self.proven():
            point = None
        if point and not self.can_be_saved:
            return Expected(REFUSED, before, True)
        if not self.ill(name):
            return Expected(SERVES, before, point)
        if self.proven() == name and not switches:
            return Expected(TOLD, before, point)
        if asked.get("restoring") or not self.complete(before) or self.migrating(before, name):
            return Expected(STAYS, before, point)
        return Expected(NEITHER if self.ill(before) else BACK, before, point)

    def ended(self, name: str, **asked: Any) -> tuple[str, Any]:
        """Deploy, and say how that ended."""
        try:
            return SERVES, self.roll_out(name, **asked)
        except rollout.RolloutFailed as failed:
            if failed.rolled_back_to:
                return BACK, failed
            if "does not either" in str(failed):
                return NEITHER, failed
            return (STAYS if str(failed).startswith("release") else TOLD), failed
        except rollout.BEFORE_THE_SWITCH as refused:
            return REFUSED, refused

    def roll_out(self, name: str, **asked: Any) -> rollout.Done:
        return rollout.roll_out(self.world.layout, rollout.Request(name, timeout=5.0, **asked), self.world.hear)

    def lay(self, changes: dict[str, Any]) -> str:
        """Lay a release on the host; returns its name."""
        folders = {name: self.world.described[name] for name in ("root", "state_dir", "etc_dir")}
        services = [
            description.service("database", description.POSTGRES, None),
            description.service(
                "web",
                changes["web"],
                None,
                ["database", "job"] if changes["job"] else ["database"],
                [{"server": "database", "name": "albums"}],
                migrates_data=self.migrates,
                after=bool(changes["job"]),
            ),
            description.service("wiki", WIKI, None, colour=changes["colour"]),
            description.service("front", FRONT, None, ["web"]),
            *([description.service("more", WEB[0], None)] if changes["more"] else []),
            *([description.service("job", JOB, None, job=True, colour=changes["job"])] if changes["job"] else []),
        ]
        for one in services:
            one.pop("colour", None)
            one.pop("after", None)
        names = [one["name"] for one in services]
        described = description.document(
            folders,
            services=services,
            domain=changes["domain"],
            entry_point={"service": "front", "config_dir": self.world.layout.proxy_config},
            health_targets=[{"kind": "container", "name": name, "project": "world", "service": name} for name in names],
        )
        name = description.lay(described)
        self.laid[name] = described
        return name

    def serves(self, name: str | None) -> bool:
        """Whether the containers are those of a release, all of them well, and its entry point reads its file."""
        described = self.laid[name or ""]
        wanted = {one["name"]: one["config"]["digest"] for one in described["services"]}
        found = self.world.docker.of_project("world")
        digests = {one.service: one.labels["photosync.vps.config"] for one in found}
        front = next(one for one in found if one.service == "front")
        return (
            digests == wanted
            and len(found) == len(wanted)
            and all(self.is_well(one) for one in found)
            and self.world.caddy.serving[front.id] == described["domain"] + "\n"
        )

    def is_well(self, container: Container) -> bool:
        ended = container.service == "job" and (container.state, container.exit_code) == ("exited", 0)
        return ended or (container.state == "running" and not container.image.sick)

    def fitting(self, name: str) -> set[tuple[str, str, str]]:
        """The containers that are well and as a release says, by their own name, each with when it was started."""
        wanted = {(one["name"], one["config"]["digest"]) for one in self.laid[name]["services"]}
        well = [one for one in self.world.docker.of_project("world") if self.is_well(one)]
        known = [(one.service, one.labels["photosync.vps.config"], one) for one in well]
        fitting = [one for service, digest, one in known if (service, digest) in wanted]
        return {(one.service, one.id, one.started) for one in fitting if one.name == f"world-{one.service}-1"}

    def jobs(self, name: str) -> int:
        """How many jobs of a release have not been done."""
        done = {service for service, _id, _started in self.fitting(name)}
        return len({"job"} & {*self.images(name)} - done)

    def ill(self, name: str | None) -> bool:
        return any(self._is_ill(image) for image in self.images(name).values())

    def _is_ill(self, image: str) -> bool:
        found = self.world.docker.available[image]
        return found.sick or bool(found.crashes)

    def images(self, name: str | None) -> dict[str, str]:
        return {one["name"]: one["image"] for one in self.laid[name or ""]["services"]}

    def names_the_cause(self, name: str | None, failed: Exception) -> bool:
        return any(service in str(failed) for service, image in self.images(name).items() if self._is_ill(image))

    def migrating(self, before: str | None, after: str | None) -> bool:
        return self.migrates and self.images(before)["web"] != self.images(after)["web"]

    def complete(self, name: str | None) -> bool:
        return name is not None and release_folders.complete(self.world.layout, name)

    def proven(self, besides: str | None = "") -> str | None:
        return self.history.proven(besides or "")

    def points(self) -> set[str]:
        if self.world.given["repository"] not in self.world.restic.repositories:
            return set()
        return {one["id"] for one in listing.list_points(self.world.settings, "world") if one["complete"]}

    @property
    def can_be_saved(self) -> bool:
        """Whether what a point is made of is there."""
        return "database" in self.world.running()

    @property
    def containers(self) -> list[tuple[str, str]]:
        return [(one.id, one.state) for one in self.world.docker.containers.values()]

    @property
    def current(self) -> str | None:
        return self.world.layout.current_digest()

    @property
    def history(self) -> History:
        return History(self.world.described["state_dir"])

    @property
    def restore(self) -> Restore:
        return Restore(self.world.described["state_dir"], HALF)

    @property
    def half(self) -> bool:
        return self.restore.replaced


TestRollouts = Rollouts.TestCase
TestRollouts.settings = effort.settings(60, 10)
