# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the machine does not meet: refusals beside those of images and files, what a request asks for, bases, time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import lock
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.deploy import rollout
from ansible_collections.photosync.vps.plugins.module_utils.deploy.history import HEALTHY, History
from support.fakes import description
from support.fakes.world import World


class Host:
    """A world on which the release ``serving`` is proven."""

    def __init__(self, world: World):
        self.world = world
        self.folders = {name: world.described[name] for name in ("root", "state_dir", "etc_dir")}
        self.serving = self.lay()
        self.deploy(self.serving)

    def lay(self, **changed: Any) -> str:
        images = {name: changed.pop(name) for name in ("database", "web", "wiki") if name in changed}
        return description.lay(description.document(self.folders, images, **changed))

    def deploy(self, release: str, **asked: Any) -> rollout.Done:
        return rollout.roll_out(self.world.layout, rollout.Request(release, **asked), self.world.hear)

    @property
    def history(self) -> History:
        return History(self.folders["state_dir"])


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with World(tmp_path) as world:
        world.image("example/web:2", here=False)
        world.image("example/postgres:18", postgresql="18.1")
        yield Host(world)


def no_room(host: Host) -> None:
    host.world.commands.fail("docker compose pull", "no space left on device")


def engine_away(host: Host) -> None:
    host.world.commands.fail("docker compose config", "engine away")


def pulled_and_gone(host: Host) -> None:
    host.world.commands.fail("docker compose pull", "", rc=0)


NEWER = {"database": "example/postgres:18"}


@pytest.mark.parametrize(
    ("images", "breaks", "error", "said"),
    [
        ({}, no_room, rollout.images.ImageError, "web"),
        ({}, pulled_and_gone, rollout.images.ImageError, "there is no image example/web:2"),
        (NEWER, None, rollout.clusters.Misfit, "is of PostgreSQL 17"),
        ({}, engine_away, CommandFailed, "engine away"),
    ],
)
def test_what_goes_wrong_before_the_switch_leaves_everything_as_it_serves(
    host: Host, images: dict[str, str], breaks: Callable[[Host], None] | None, error: type[Exception], said: str
) -> None:
    if breaks:
        breaks(host)
    state = host.world.state()
    with pytest.raises(error, match=said):
        host.deploy(host.lay(**(images or {"web": "example/web:2"})))
    assert issubclass(error, rollout.BEFORE_THE_SWITCH), "so that whoever deploys is told that nothing was touched"
    assert host.world.layout.current_digest() == host.serving and host.world.state() == state
    assert [entry["release"] for entry in host.history.entries] == [host.serving]


def test_two_deployments_take_turns_and_one_of_no_release_is_refused(host: Host) -> None:
    with (
        lock.exclusive(f"{host.folders['state_dir']}/deploy.lock", "another deployment"),
        pytest.raises(rollout.Busy, match="another deployment"),
    ):
        host.deploy(host.serving)
    with pytest.raises(rollout.SpecError):
        host.deploy("nothing")
    assert {rollout.Busy, rollout.SpecError} <= set(rollout.BEFORE_THE_SWITCH)


def test_a_deployment_may_switch_and_start_nothing(host: Host) -> None:
    name, containers = host.lay(web="example/web:2"), dict(host.world.docker.containers)
    done = host.deploy(name, start=False)
    assert done.switched and host.world.layout.current_digest() == name
    assert host.world.docker.containers == containers and not host.history.is_proven(name)


def test_the_data_may_be_that_of_the_release_that_serves_and_of_the_last_proven_one(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(rollout.clusters, "refuse_misfits", lambda *given: asked.append(given[2:]))
    between = host.lay(domain="between.example")
    host.deploy(between, start=False)
    host.deploy(host.lay(domain="new.example"))
    served = sorted([between, host.serving])
    assert asked[-1] == ([host.world.layout.release(name) for name in served], False)


def test_images_of_bases_stay_for_what_serves_and_what_is_proven_and_go_with_a_failure_too(host: Host) -> None:
    for base in ("world/base:proven", "world/base:new", "world/base:never", "world/base:service"):
        host.world.image(base)
    proven = host.lay(bases=[{"image": "world/base:proven", "dockerfile": ""}])
    host.lay(web="world/base:service", bases=[{"image": "world/base:never", "dockerfile": ""}])
    host.deploy(proven)
    host.world.image("world/base:new")
    host.world.image("world/base:never")
    done = host.deploy(host.lay(domain="new", bases=[{"image": "world/base:new", "dockerfile": ""}]), start=False)
    assert done.pruned == ["image world/base:never"]
    host.world.image("world/base:never")
    no_room(host)
    with pytest.raises(rollout.images.ImageError):
        host.deploy(host.lay(web="example/web:2"))
    left = {name for name in host.world.docker.images if "base" in name}
    assert left == {"world/base:proven", "world/base:new", "world/base:service"}


def test_what_cannot_be_noted_makes_no_healthy_release_a_failure(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(History, "note", full)
    name = host.lay(web="example/web:2")
    assert host.deploy(name).switched
    assert f"what became of release {name} could not be noted: disk full" in host.world.said


def test_health_has_what_is_left_of_the_time_and_a_few_seconds_at_least(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    times, seconds = iter([0.0, 100.0, 200.0, 500.0]), []
    monkeypatch.setattr(rollout, "time", SimpleNamespace(monotonic=lambda: next(times)))
    monkeypatch.setattr(rollout.health_gate, "wait", lambda *given: seconds.append(given[1]) or {})
    host.deploy(host.serving, timeout=250.0)
    host.deploy(host.serving, timeout=250.0)
    assert seconds == [150.0, 5.0]


def test_it_is_told_what_was_pulled_and_by_whom_it_was_deployed(host: Host) -> None:
    name = host.lay(web="example/web:2")
    done = host.deploy(name, who="alice@laptop")
    assert [one.action for one in done.images.services] == ["kept", "pulled", "kept"] if done.images else False
    assert any(line.startswith("pulled web") for line in host.world.said)
    (entry,) = [entry for entry in host.history.entries if entry["release"] == name]
    assert (entry["outcome"], entry["who"]) == (HEALTHY, "alice@laptop")
