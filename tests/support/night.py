# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host through its nights: what sysadmins and cron do to it, and what has to be true whatever is killed meanwhile.

It is worked through the host command and what cron calls. Beside it stands what a person would have noted: the data of
every point when it was made, the data before the first attempt of a restore, and what may be here when it has ended.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import choice, listing
from ansible_collections.photosync.vps.plugins.module_utils.cli import main as cli
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.operations import jobs
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

from support import promised
from support.fakes import description
from support.fakes.container import Container
from support.fakes.world import World
from support.promised import USES, Data

EVERYTHING = {"database", *USES}
ADDRESSES = ("first", "away")
EXTRA = {"name": "extra", "docker_name": "world_extra", "services": ["web"], "backup": "files"}
ASIDE = re.compile("_(restore|before)_")
# What a restore leaves on purpose, and what a kill leaves of a file that was about to be written.
LEFT = re.compile(r"\.finished-|\.configuration$|^\.new-")
# What lies in a state directory when nothing is half done.
LASTING = {
    *("points.lock", "deploy.lock", "results.lock", "results.json", "publishes-to.json", "restored.json", "host-id"),
    *("standing-still.json", "break-glass.md", "break-glass.html", "restore", "restore-durations.json", "safety"),
}


class Night:
    """The host, and what is known of it."""

    def __init__(self, folder: Path):
        self._entered = contextlib.ExitStack()
        away = {"name": "away", "repository": str(folder / "srv" / "away")}
        made = World(folder, copies=[away], retention={"keep_last": 3})
        self.world = self._entered.enter_context(made)
        self.world.deploy()
        Path(self.world.path("etc/world/backup.json")).write_text(json.dumps(self.world.given))
        self.world.docker.on_start.append(self._starts)
        self.points: dict[str, Data] = {}
        self.copies: dict[str, Data] = {}
        self.looked_into: set[tuple[str, str]] = set()
        self.newest: dict[str, str] = {}
        self.now = self.data()
        self.before: Data | None = None
        self.lossy: Data | None = None
        self.goals: list[Data] = []
        self.undecided = False
        self.tried: list[promised.Tried] = []
        self.wrong: list[str] = []
        self.said = ""

    def close(self) -> None:
        """Nobody looks at it any more."""
        self._entered.close()

    # What happens

    def alter(self, change: Callable[[], object]) -> None:
        """Something of the data changes, which services do only while they serve."""
        if self.serves():
            change()
            self.now = self.data()

    def lose(self) -> None:
        """The machine is gone, and another one has nothing but the release that was deployed anew."""
        world = self.world
        world.docker.containers.clear()
        world.docker.volumes.clear()
        shutil.rmtree(world.path("docker/volumes"))
        shutil.rmtree(world.described["state_dir"])
        for name in ("docker/volumes", "var/world"):
            os.mkdir(world.path(name))
        self.copies.clear()
        self.now = self.data()

    def serves(self) -> bool:
        """Whether people can work with what is here."""
        return not self.told() and self.now["databases"] != {}

    def deploy(self, described: dict[str, Any]) -> None:
        """The stack is described otherwise, and serves so."""
        if self.serves():
            self.world.described = described
            description.serve(described, description.lay(described))
            compose.Running(self.world.spec, ["up", "--detach", "--wait"]).follow()
            self.now = self.data()

    def night(self, at: int = 0, power: bool = True) -> None:
        """What cron does at night: a point, its copies, and what retention no longer wants; killed at a point."""
        failed: list[Exception] = []

        def work() -> None:
            try:
                done = jobs.backup(self.world.spec, self.world.settings, None, self.world.hear)
                failed.extend([Exception(done["failure"])] if done["failure"] else [])
            except Exception as error:
                failed.append(error)

        half, state = self.told(), self.world.state()
        killed = self.world.killed(work, at, power=power)
        if half and not killed:
            assert "has not ended well yet" in str(failed[0]) and self.world.state() == state
        if not half and not killed and not failed:
            newest = self.complete()[-1]["id"]
            assert newest not in self.points and newest == self.complete("away")[-1]["id"]
        self._learn(self.before or self.now)

    def restore(self, *words: str, at: int = 0, power: bool = True) -> int | None:
        """Ask the host command to restore; returns its exit code, or None where it was killed."""
        asked = cli.parser(description.STACK, "0.1.0").parse_args(["restore", *words])
        base = self.before or self.now
        if asked.abandon:
            goals = [base]
        elif asked.accept_differences:
            goals = [promised.served(self.data())]
            self.lossy = goals[0]
        elif asked.point in self.copies:
            goals = [promised.back(self.copies[asked.point], base)]
        else:
            self.tried.append((asked.point, asked.only))
            goals = promised.after(self.points, self.tried[-1], base, self.tried[:-1]) + (
                [self.lossy] if self.lossy else []
            )
        self.goals += [base, *goals]
        # What a part cost serves again whatever happens, also when it fails: somebody has to decide about the rest.
        failing = self.world.postgres.losing or self.world.commands.failures
        self.undecided = self.undecided or bool(asked.only and failing)
        told, code = self.told(), self.do("restore", *words, at=at, power=power)
        self._settle(code, goals, told)
        return code

    def do(self, *words: str, at: int = 0, power: bool = True) -> int | None:
        """Give the host command a command line; it answers, and never with a trace that is for whoever mends it."""
        codes: list[int] = []
        faults: list[Exception] = []
        output = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)

        def work() -> None:
            try:
                codes.append(cli.main(description.STACK, "0.1.0", words))
            except Exception as error:
                faults.append(error)

        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            killed = self.world.killed(work, at, power=power)
        self.said = output.buffer.getvalue().decode()
        assert not faults, [*faults, self.said]
        return None if killed else codes[0]

    def rot(self, point: dict[str, Any]) -> None:
        """What the first repository holds of a point cannot be read any more."""
        self.world.repository.damaged.update(point["snapshots"])

    # What is known

    def data(self) -> Data:
        """What is here by its own name; what was set aside or is filled beside it is nobody's yet."""
        found = self.world.data()
        databases = {name: one for name, one in found["databases"].items() if not ASIDE.search(name)}
        return {**found, "databases": databases}

    def told(self) -> str:
        """What the host says is half done."""
        return unfinished.told(description.STACK, self.world.described["state_dir"])

    def ways(self) -> list[list[str]]:
        """The commands that it names then, without its own name."""
        named = [line.rpartition(f": {description.STACK} restore ")[2] for line in self.told().splitlines()]
        return [
            shlex.split(words) for words, line in zip(named, self.told().splitlines(), strict=True) if words != line
        ]

    def complete(self, place: str = "first") -> list[dict[str, Any]]:
        """The points that are offered, oldest first."""
        failures, self.world.commands.failures = self.world.commands.failures, []
        try:
            found = listing.list_points(self.world.settings, description.STACK, place)
        except ResticError:
            return []
        finally:
            self.world.commands.failures = failures
        return [point for point in found if point["complete"]]

    def _starts(self, container: Container) -> None:
        """A service begins to serve: on whole data, whichever, and on nothing else."""
        if self.goals and container.service in USES and not self._whole(container.service):
            self.wrong += [
                f"{container.service} was started on half of its data",
                *promised.unlike(self.data(), self.goals[0]),
            ]

    def _whole(self, service: str) -> bool:
        """Whether what a service uses is what it may be now."""
        here = promised.used(self.data(), service)
        return self.undecided or any(here == promised.used(goal, service) for goal in self.goals)

    def _settle(self, code: int | None, goals: list[Data], was_told: str) -> None:
        """A restore has ended, or it has not: note what is true now."""
        here, before, half = self.data(), self.before or self.now, bool(self.told())
        if code == 0:
            assert here in goals, (self.said, promised.unlike(here, goals[0]))
            # A part of the stack may have stood still for another one, which is named now.
            assert not half or was_told != self.told(), self.told()
        if code == 0 and not half:
            self._ended()
        elif half:
            self.before = before
        else:
            assert here in [before, *goals], (self.said, promised.unlike(here, before))
        self._learn(before)
        if not half:
            self.now, self.before, self.lossy, self.goals, self.undecided = here, None, None, [], False
            self.tried.clear()

    def _ended(self) -> None:
        """All serves, nothing is left, and who does the same again changes nothing."""
        world = self.world
        if not self.data()["databases"]:
            assert not world.docker.containers and not world.docker.volumes
            assert os.listdir(world.path("docker/volumes")) == []
            return
        assert world.running() == EVERYTHING and world.leftovers() == []
        state_dir = world.described["state_dir"]
        # What stood still for a backup as the power went has another policy until the next one.
        waits = os.path.exists(f"{state_dir}/standing-still.json")
        containers = world.docker.containers.values()
        assert {(one.policy, one.memory, one.swap) for one in containers if not waits} <= {("unless-stopped", 0, 0)}
        noted = {name for name in os.listdir(f"{state_dir}/restore") if not LEFT.search(name)}
        assert noted <= {"turn"}
        assert {name for name in os.listdir(state_dir) if not LEFT.search(name)} <= LASTING
        world.commands.failures.clear()
        state = world.state()
        assert self.do("restore", "--abandon", "--confirm", world.confirmation) == 1
        assert "nothing to go back from" in self.said and world.state() == state
        assert self.do("up") == 0 and world.state() == state

    def _learn(self, here: Data) -> None:
        """Note the data of what was made meanwhile, which is what was here: nothing makes a point of half a restore."""
        for name in self.complete():
            self.points.setdefault(name["id"], here)
        for path in Path(self.world.described["state_dir"]).glob("safety/*/cold.json"):
            held = {**here, "held": json.loads(path.read_text())}
            self.copies.setdefault(path.parent.name, held)

    # What has to be true

    def promises(self) -> None:
        """Whatever happened: the promises of the product."""
        assert not self.wrong, self.wrong
        for place in ADDRESSES:
            self._points_are_whole(place)
        if self.told():
            assert all(self._whole(service) for service in self.world.running() & USES.keys()), self.told()
            assert self.ways()
        else:
            assert self.data() == self.now, promised.unlike(self.data(), self.now)

    def _points_are_whole(self, place: str) -> None:
        """What is offered as complete has every row and file of the stack as it was; the newest good one stays."""
        found = self.complete(place)
        good = [point["id"] for point in choice.good(found)]
        newest = self.newest.get(place, "")
        assert not newest or (good and good[-1] >= newest), f"{newest} is gone from {place}"
        self.newest[place] = good[-1] if good else ""
        for point in found:
            if (place, point["id"]) not in self.looked_into:
                self.looked_into.add((place, point["id"]))
                repository = self.world.restic.repositories[self.world.settings.at(place).repository]
                wanted = promised.to_be_saved(self.points[point["id"]])
                assert promised.saved(repository, point) == wanted, (place, point["id"], self.said)
