# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What happens to a host in its nights, as rules of a machine: in any order, and killed anywhere."""

from __future__ import annotations

import copy
import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from support.fakes import cluster
from support.night import EXTRA, Night

MEMORY = "/dev/shm"
names = st.sampled_from(["2026/1.jpg", "2026/2.jpg", "b.jpg"])
texts = st.sampled_from(["one", "two", "three"])
at = st.integers(0, 80)
tenth = st.integers(0, 9)
parts = st.sampled_from([(), (), (), ("databases",), ("files",), ("web",), ("wiki",), ("configuration",)])
places = st.sampled_from(["first", "first", "away"])
commands = st.sampled_from(
    [
        *("docker exec pg_dump", "docker exec pg_restore", "docker exec psql", "docker stop", "docker start"),
        *("docker compose up", "restic restore", "restic backup", "restic snapshots", "restic copy", "restic forget"),
    ]
)
levels = st.sampled_from(["auto", "auto", "cold", "none"])


class Nights(RuleBasedStateMachine):
    """A host, its repository, its copy, and people."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY if os.path.isdir(MEMORY) else None))
        self.host = Night(self.folder)
        self.host.night()

    def teardown(self) -> None:
        try:
            self.follow_to_an_end(0)
        finally:
            self.host.close()
            shutil.rmtree(self.folder)

    @invariant()
    def what_was_promised_holds(self) -> None:
        self.host.promises()

    @rule(name=names, text=texts)
    def a_file_changes(self, name: str, text: str) -> None:
        self.host.alter(lambda: self.host.world.write("photos", name, text))

    @rule(text=texts)
    def a_page_changes(self, text: str) -> None:
        self.host.alter(lambda: self.host.world.write("pages", f"{text}.md", text))

    @rule(number=tenth)
    def rows_change(self, number: int) -> None:
        table = {"public.album": [f"{number}, 'sea'"] * (number % 3)}
        self.host.alter(lambda: self.host.world.alter(lambda held: held["databases"]["albums"]["tables"].update(table)))

    @rule()
    def a_database_comes_or_goes(self) -> None:
        def change(held: cluster.Cluster) -> None:
            if not held["databases"].pop("notes", None):
                held["databases"]["notes"] = {**cluster.new_database("postgres"), "tables": {"public.note": ["1"]}}

        self.host.alter(lambda: self.host.world.alter(change))

    @rule()
    def a_volume_comes_or_goes(self) -> None:
        described = copy.deepcopy(self.host.world.described)
        rest = [one for one in described["volumes"] if one["name"] != "extra"]
        described["volumes"] = rest if len(rest) < len(described["volumes"]) else [*rest, EXTRA]
        self.host.deploy(described)

    @rule(at=st.integers(0, 40), power=st.booleans())
    def a_night(self, at: int, power: bool) -> None:
        self.host.world.clock.skip(days=1)
        self.host.night(at, power)

    @rule()
    def the_copy_is_full_or_has_room_again(self) -> None:
        found = self.host.world.restic.repositories.get(self.host.world.given["copies"][0]["repository"])
        if found:
            found.full = not found.full

    @rule(command=commands, afterwards=st.booleans())
    @precondition(lambda self: not self.host.world.commands.failures)
    def a_command_will_fail(self, command: str, afterwards: bool) -> None:
        self.host.world.commands.fail(command, "no room", afterwards=afterwards)

    @rule()
    def the_disk_is_full_or_has_room_again(self) -> None:
        self.host.world.disk.full = not self.host.world.disk.full

    @rule()
    @precondition(lambda self: not self.host.told())
    def the_machine_is_lost(self) -> None:
        self.host.lose()

    @rule()
    def a_row_will_be_lost(self) -> None:
        self.host.world.postgres.losing = 1

    @rule(which=tenth)
    @precondition(lambda self: not self.host.told())
    def a_point_rots(self, which: int) -> None:
        points = self.host.complete()
        self.host.rot(points[which % len(points)])

    @rule(which=tenth, at=at, power=st.booleans(), only=parts, level=levels, place=places)
    def a_restore(self, which: int, at: int, power: bool, only: tuple[str, ...], level: str, place: str) -> None:
        points = self.host.complete(place) or self.host.complete()
        words = [points[which % len(points)]["id"], "--safety", level, "--confirm", self.host.world.confirmation]
        words += ["--repository", place] if self.host.complete(place) else []
        words += ["--only", ",".join(only)] if only and self.host.now["databases"] else []
        self.host.restore(*words, at=at, power=power)

    @rule(which=tenth, at=at)
    @precondition(lambda self: self.host.copies and not self.host.told())
    def a_cold_copy_is_put_back(self, which: int, at: int) -> None:
        copies = sorted(self.host.copies)
        self.host.restore(copies[which % len(copies)], "--confirm", self.host.world.confirmation, at=at)

    @rule(at=at)
    def going_back(self, at: int) -> None:
        self.host.restore("--abandon", "--confirm", self.host.world.confirmation, at=at)

    @rule(which=tenth, at=at, power=st.booleans())
    @precondition(lambda self: self.host.told())
    def a_way_that_is_named(self, which: int, at: int, power: bool) -> None:
        ways = self.host.ways()
        self.host.restore(*ways[which % len(ways)], at=at, power=power)

    @rule(which=tenth)
    @precondition(lambda self: self.host.told())
    def follow_to_an_end(self, which: int) -> None:
        self.host.world.postgres.losing = 0
        self.host.world.commands.failures.clear()
        self.host.world.disk.full = False
        for _step in range(3):
            if ways := self.host.ways():
                self.host.restore(*ways[which % len(ways)])
        assert not self.host.told(), self.host.said

    @rule(which=tenth)
    @precondition(lambda self: self.host.told())
    def who_starts_or_looks_changes_nothing(self, which: int) -> None:
        state = self.host.world.state()
        assert self.host.do("up") == 1 and "half" in self.host.said
        points = self.host.complete()
        self.host.do("restore", points[which % len(points)]["id"], "--dry-run")
        assert self.host.world.state() == state
