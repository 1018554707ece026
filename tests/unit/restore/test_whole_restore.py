# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restore phase by phase: each in its turn, once, allowed, and proved before anything serves on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import create, foreign
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.restore import differences, planning
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from support.fakes.world import World
from support.specs import changed

ALL = {"database", "web", "wiki"}


class Host:
    """A host with a point, and something else on it since then."""

    def __init__(self, world: World):
        self.world = world
        world.deploy()
        self.saved = world.data()
        self.point = self.back_up()
        world.spoil()
        self.target = world.target

    def back_up(self) -> str:
        return create.create(self.world.spec, self.world.settings).manifest["id"]

    def run(self, phase: str, confirm: str | None = "world@web1", point: str = "", **named: Any) -> dict[str, Any]:
        """One phase."""
        asked = Asked(point or self.point, confirm, **named)
        done = restore.run([phase], self.target, self.world.settings, asked, self.world.hear)
        return {"point": done.point, "changed": done.changed, **done.results[phase]}

    def refused(self, phase: str, **named: Any) -> str:
        """Why a phase is not done."""
        with pytest.raises(PointError) as error:
            self.run(phase, **named)
        return str(error.value)

    def up_to(self, last: str, **named: Any) -> None:
        """All phases before this one."""
        for phase in restore.ORDER[: restore.ORDER.index(last)]:
            self.run(phase, **named)

    def whole(self, point: str = "", **named: Any) -> dict[str, Any]:
        """All of it."""
        asked = Asked(point or self.point, self.world.confirmation, **named)
        return restore.restore(self.target, self.world.settings, asked, self.world.hear)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with World(tmp_path) as world:
        yield Host(world)


@pytest.mark.parametrize("phase", ["verify", "safety", "stop", "files", "databases", "credentials", "start", "finish"])
def test_no_phase_is_done_before_the_plan_has_allowed_it_or_on_a_bare_host(host: Host, phase: str) -> None:
    state = host.world.state()
    with pytest.raises(planning.Unconfirmed, match="To replace it say restore_confirm=world@web1") as error:
        host.run("plan", confirm="world@web2")
    assert "volume photos: files" in error.value.report["replaces"]
    assert f"{phase} was not allowed yet: the phase plan comes first" in host.refused(phase)
    host.target = changed(host.target, bare=True)
    assert f"{phase} needs a release on this host" in host.refused(phase)
    assert host.world.state() == state


def test_each_phase_has_its_turn_and_what_is_finished_is_not_repeated(host: Host) -> None:
    world = host.world
    for phase in restore.ORDER[:-1]:
        looks = phase in ("plan", "verify", "prove")
        assert host.run(phase, dry_run=True)["changed"] is (not looks) or phase in ("plan", "prove")
        first, state = host.run(phase), world.state()
        assert first["changed"] is (not looks)
        assert world.running() == {"stop": set(), "prove": {"database"}}.get(phase, world.running())
        again = host.run(phase)
        assert world.state() == state and again["changed"] is False
        assert looks or again == {**first, "changed": False}
        if phase == "credentials":
            assert "is not proved yet: the phase prove comes first" in host.refused("finish")
            assert len(world.leftovers()) == 3, world.leftovers()
    assert host.run("finish")["dropped"] == ["database/albums_before_" + host.point.lower().replace("-", "")]
    assert world.data() == host.saved and world.leftovers() == [] and world.running() == ALL


@pytest.mark.parametrize(
    ("left", "serves", "resumed"), [("databases", False, True), ("databases", True, False), ("prove", True, True)]
)
def test_what_broke_off_is_gone_on_with_unless_services_have_written_into_half_of_it(
    host: Host, left: str, serves: bool, resumed: bool
) -> None:
    host.up_to(left)
    for container in [*host.world.docker.containers.values()] if serves else []:
        container.start()
    if resumed:
        assert host.run("plan", confirm=None)["resumed"]
    else:
        assert "This host already holds data" in host.refused("plan", confirm=None)
    found = host.run("plan")
    assert (found["resumed"], found["running"]) == (resumed, sorted(ALL))


def test_a_part_is_not_gone_on_with_as_another_and_a_plan_that_only_looks_notes_nothing(host: Host) -> None:
    host.run("plan", dry_run=True)
    assert not os.path.exists(host.world.path("var/world/restore"))
    host.up_to("files", only=("files",))
    assert not host.run("plan", only=("databases",), dry_run=True)["resumed"]
    assert host.run("plan", only=("files",))["resumed"]


def test_differences_end_it_until_exactly_these_are_accepted(host: Host) -> None:
    world, newer = host.world, host.back_up()
    host.up_to("prove", point="latest")
    world.alter(lambda held: held["databases"]["albums"]["tables"]["public.album"].pop())
    with pytest.raises(differences.Disproved, match="(?s)expected 1 rows, found 0 rows.*--accept-differences") as error:
        host.run("prove", point=newer)
    digest = error.value.result["digest"]
    assert f"{digest} is not what the last proof of {host.point}" in host.refused("plan", accept=digest)
    assert "another is not what the last proof" in host.refused("plan", point=newer, accept="another")
    assert "only the same parts" in host.refused("plan", only=("files",))
    world.disk.full = True
    assert host.run("plan", confirm=None, accept=digest, point="latest")["point"] == newer, "as asked for then"
    assert host.run("stop", accept=digest, point=newer)["changed"] is False
    assert host.run("prove", accept=digest, point=newer)["accepted"]["digest"] == digest
    assert host.run("prove", point=newer)["accepted"]["differences"] == error.value.result["differences"], "once"
    world.write("photos", "2026/1.jpg", "another")
    with pytest.raises(differences.Disproved):
        host.run("prove", point=newer)


def test_differences_of_what_nobody_restored_here_are_told_and_cannot_be_accepted(host: Host) -> None:
    for _planned in range(2):
        with pytest.raises(differences.Disproved) as error:
            host.run("prove")
        assert "--accept" not in str(error.value) and error.value.result["ways"] == []
        host.run("plan")


@pytest.mark.parametrize(
    ("command", "only", "again", "said"),
    [
        ("docker stop", (), ["database", "web", "wiki"], "nothing that was here has been replaced"),
        ("restic restore", (), ["database", "web", "wiki"], "nothing that was here has been replaced"),
        ("docker exec pg_restore", (), [], "has not ended well yet"),
        ("docker exec pg_restore", ("web",), ["web"], "has not ended well yet"),
    ],
)
def test_what_may_serve_after_a_failure_is_started_again(
    host: Host, command: str, only: tuple[str, ...], again: list[str], said: str
) -> None:
    host.world.commands.fail(command, "no room")
    with pytest.raises(PointError, match=f"(?s)no room.*{said}") as error:
        host.whole(only=only, level="none")
    assert (f"started again: {', '.join(again)}" in str(error.value)) is bool(again)
    assert host.world.running() >= set(again) and ("web" in host.world.running()) is bool(again)
    assert ("nothing that was here" in str(error.value)) is (not only and bool(again))
    host.world.commands.passed.clear()
    host.whole(only=only, level="none")
    assert [one for one in host.world.said if one.startswith("phase ")][-10:] == [
        f"phase {one}" for one in restore.ORDER
    ]


@pytest.mark.parametrize(("only", "fenced"), [((), "web1"), (("files",), "")])
def test_the_host_before_is_fenced_out_by_a_whole_restore_and_by_no_part(
    host: Host, only: tuple[str, ...], fenced: str
) -> None:
    host.world.given["host"] = "web2"
    shutil.rmtree(host.world.path("var/world"))
    os.mkdir(host.world.path("var/world"))
    asked = Asked(host.point, "world@web2", only, level="none")
    done = restore.restore(host.target, host.world.settings, asked, host.world.hear)
    assert done["fenced"] == fenced
    foreign._told.clear()
    if fenced:
        assert host.back_up()
        again = restore.restore(host.target, host.world.settings, asked, host.world.hear)
        assert again["fenced"] == "", "it is this one"
    else:
        with pytest.raises(PointError, match="has not been restored from it"):
            host.back_up()


def test_a_repository_that_is_damaged_elsewhere_keeps_no_good_point_from_being_restored(host: Host) -> None:
    other, repository = host.back_up(), host.world.repository
    repository.damaged.update(one.id for one in repository.tagged([f"point={other}", "part=files"]))
    host.whole()
    assert host.world.data() == host.saved and any("reading all of" in one for one in host.world.said)
    state = host.world.state()
    host.run("plan", point=other)
    assert f"{other} cannot be relied on: " in host.refused("verify", point=other)
    assert host.world.state() == state


def test_the_configuration_is_laid_aside_and_replaces_nothing(host: Host) -> None:
    before = host.world.data()
    host.whole(only=("configuration",))
    aside = host.world.path(f"var/world/restore/{host.point}.configuration")
    assert Path(aside + host.world.path("etc/world/restic-password")).read_text() == "a-password\n"
    assert host.world.data() == before and host.world.running() == ALL


def test_a_volume_on_a_full_disk_is_written_over_what_was_there(host: Host) -> None:
    host.world.disk.full = True
    host.up_to("files", level="none")
    over = "written over what was there"
    assert host.run("files", level="none")["volumes"] == {"photos": over, "pages": over}
    assert host.world.leftovers() == [] and host.world.data()["files"] == host.saved["files"]


def test_what_stood_still_is_started_as_it_is_and_only_what_somebody_removed_is_made(host: Host) -> None:
    containers = host.world.docker.containers
    web, wiki = (next(one for one in containers.values() if one.service == name) for name in ("web", "wiki"))
    host.up_to("start", only=("files",))
    del containers[web.id]
    host.run("start", only=("files",))
    assert host.world.running() == ALL and web.id not in containers and wiki.id in containers
