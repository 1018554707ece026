# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wherever an adoption is killed, it ends taken over or taken back, and either deployment has all that there was."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.adoption import looking
from ansible_collections.photosync.vps.plugins.module_utils.deploy import rollout
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support import effort
from support.fakes import cluster as clusters
from support.fakes import description, old
from support.fakes.old import Taking
from support.fakes.world import World

ALL, OLD = {"database", "web", "wiki"}, {"db", "web"}
# After how many points it is killed; 0 or more than there are for not at all.
TAKING, GOING_BACK = some.integers(0, 32), some.integers(0, 12)


class Adoptions(RuleBasedStateMachine):
    """A host with an old deployment: what its visitors do, and whoever takes it over."""

    @initialize(version=some.sampled_from(["17.6", "16.4"]), project=some.sampled_from([old.PROJECT, "world"]))
    def begin(self, version: str, project: str) -> None:
        self.folder = tempfile.mkdtemp()
        self.world = World(Path(self.folder))
        self.world.__enter__()
        self.world.image("example/old:1", postgresql=version)
        self.world.image("example/old-web:1")
        self.project = project
        old.deploy(self.world, "example/old:1", "example/old-web:1", project)
        self.taking = Taking(self.world, project)
        self.data = old.data(self.world, project=project)
        self.password = self.passwords()
        self.volumes, self.networks = set(self.world.docker.volumes), dict(self.world.docker.networks)
        self.serves, self.finished, self.written = True, False, 0

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    # What happens.

    @precondition(lambda self: not self.finished)
    @rule(at=TAKING, power=some.booleans(), ill=some.booleans())
    def it_is_taken_over(self, at: int, power: bool, ill: bool) -> None:
        self.somebody_uploads_something()
        self.world.docker.available[description.WEB].sick = ill
        ended: list[Any] = []
        killed = self.world.killed(lambda: ended.append(self.taken()), at, power=power)
        self.is_touched()
        if killed:
            return
        if ill:
            assert isinstance(ended[0], rollout.RolloutFailed) and "web" in str(ended[0])
            self.serves = False
            return
        assert not isinstance(ended[0], Exception), ended
        assert self.world.running() == ALL and self.old_containers() == []
        assert old.data(self.world, ended[0], self.project) == self.data
        assert not self.taking.journal.there
        self.finished = True

    @precondition(lambda self: not self.finished and self.taking.journal.there)
    @rule(at=GOING_BACK, power=some.booleans())
    def it_is_taken_back(self, at: int, power: bool) -> None:
        if self.world.killed(lambda: self.taking.phase("undo"), at, power=power):
            # Before anything is done about it, visitors reach what runs again.
            self.serves = self.world.running() == OLD
            return
        assert sorted(one.service for one in self.old_containers()) == sorted(OLD) and self.world.running() == OLD
        assert not self.stack_containers() and not self.taking.journal.there
        assert set(self.world.docker.volumes) == self.volumes and self.world.docker.networks == self.networks
        assert old.data(self.world, project=self.project) == self.data and self.passwords() == self.password
        assert not self.world.layout.current_digest()
        self.serves = True

    def somebody_uploads_something(self) -> None:
        """Visitors reach the old deployment for as long as it serves."""
        if not self.serves or not self.world.running() >= OLD:
            return
        self.written += 1
        row = f"{self.written + 1}, 'more'"
        cluster = clusters.load(str(old.volume(self.world, "pgdata", self.project)))
        cluster["databases"]["albums"]["tables"]["public.album"].append(row)
        clusters.save(str(old.volume(self.world, "pgdata", self.project)), cluster)
        (old.volume(self.world, "photos", self.project) / "1.jpg").write_text(row)
        self.data = old.data(self.world, project=self.project)

    @rule()
    def somebody_looks(self) -> None:
        if self.finished:
            return
        said: list[dict[str, Any]] = []
        passed = self.world.points(lambda: said.append(looking.look(self.world.spec, self.project)))
        assert passed == 0 and said[0]["ready"] and said[0]["problems"] == []
        assert said[0]["project"] == self.project

    # The promises.

    @invariant()
    def nothing_is_lost_before_the_new_is_proven(self) -> None:
        if hasattr(self, "data") and not self.finished:
            assert set(self.world.docker.volumes) >= self.volumes
            assert old.data(self.world, project=self.project) == self.data

    @invariant()
    def no_two_servers_share_their_files(self) -> None:
        assert not hasattr(self, "world") or self.world.postgres.shared == []

    def is_touched(self) -> None:
        """Visitors reach the old deployment until it is stopped."""
        self.serves = self.serves and not self.taking.journal.facts.get("touched")

    # What is known.

    def taken(self) -> Any:
        """Take it over; returns the names of its volumes, or why the stack does not serve."""
        try:
            return self.taking.whole()
        except rollout.RolloutFailed as failed:
            return failed

    def old_containers(self) -> list[Any]:
        return [one for one in self.world.docker.of_project(self.project) if "photosync.vps.config" not in one.labels]

    def stack_containers(self) -> list[Any]:
        return [one for one in self.world.docker.containers.values() if "photosync.vps.config" in one.labels]

    def passwords(self) -> dict[str, str]:
        cluster = clusters.load(str(old.volume(self.world, "pgdata", self.project)))
        return {name: role["password"] for name, role in cluster["roles"].items()}


TestAdoptions = Adoptions.TestCase
TestAdoptions.settings = effort.settings(25, 8)
