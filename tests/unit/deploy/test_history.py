"""What became of deployments, and what can be gone back to."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import files
from ansible_collections.photosync.vps.plugins.module_utils.common.process import Completed
from ansible_collections.photosync.vps.plugins.module_utils.deploy import release_folders, rollback
from ansible_collections.photosync.vps.plugins.module_utils.deploy.history import (
    FAILED,
    HEALTHY,
    POINT,
    ROLLED_BACK,
    History,
)
from ansible_collections.photosync.vps.plugins.module_utils.stack import spec
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout


@pytest.fixture
def history(tmp_path):
    return History(str(tmp_path / "state"))


def test_a_host_without_a_deployment_has_no_history(history):
    assert history.proven() is None
    assert not history.is_proven("a")


def test_it_survives_on_the_disk_and_only_root_reads_it(history, tmp_path):
    history.note("a", HEALTHY, "alice@laptop")
    assert History(str(tmp_path / "state")).is_proven("a")
    assert os.stat(tmp_path / "state" / "releases.json").st_mode & 0o777 == 0o600


def test_a_damaged_history_is_no_history_and_stops_nothing(history, tmp_path):
    history.note("a", HEALTHY)
    (tmp_path / "state" / "releases.json").write_text("{")
    assert History(str(tmp_path / "state")).proven() is None


def test_the_last_healthy_release_is_what_is_gone_back_to(history):
    for release, outcome in (("a", HEALTHY), ("b", HEALTHY), ("c", FAILED), ("d", ROLLED_BACK)):
        history.note(release, outcome)
    assert history.proven(besides="d") == "b"
    assert history.proven(besides="b") == "a"


def test_a_release_that_was_healthy_and_failed_since_is_not_proven(history):
    history.note("a", HEALTHY)
    history.note("a", FAILED)
    assert not history.is_proven("a")


def test_a_restore_point_made_on_the_way_is_remembered_with_what_served_and_is_no_verdict(history):
    history.note("a", HEALTHY)
    history.note("b", POINT, why="20261124T030000Z-3f9a", of="a")
    history.note("c", POINT, why="20261125T030000Z-3f9a", of="b")
    assert (history.point("a"), history.point("b")) == ("20261124T030000Z-3f9a", "20261125T030000Z-3f9a")
    assert history.is_proven("a") and history.point("d") == ""
    history.note("a", HEALTHY)
    assert history.point("a") == ""


def test_a_point_of_which_the_version_before_has_said_nothing_more_counts(history):
    history.note("a", HEALTHY)
    history.note("b", POINT, why="20261124T030000Z-3f9a")
    assert history.point("a") == "20261124T030000Z-3f9a"


@pytest.fixture
def host(tmp_path):
    """Three releases, the second of which serves; the third migrates the data of app."""
    layout = Layout(str(tmp_path / "stack"))
    for age, (name, image) in enumerate((("aaa1", "app:1"), ("bbb2", "app:1"), ("ccc3", "app:2"))):
        os.makedirs(layout.release(name))
        services = [{"name": "app", "image": image, "migrates_data": True}, {"name": "web", "image": f"web:{age}"}]
        services[1]["migrates_data"] = False
        text = json.dumps({"schema": 1, "stack": "stack", "state_dir": str(tmp_path / "state"), "services": services})
        (tmp_path / "stack" / "releases" / name / spec.FILENAME).write_text(text)
        os.utime(layout.release(name), (age, age))
    serve(layout, "bbb2")
    return layout


def serve(layout, name):
    if os.path.lexists(layout.current):
        os.unlink(layout.current)
    os.symlink(f"releases/{name}", layout.current)


def test_rollback_without_a_name_goes_to_the_last_healthy_release(host, history):
    history.note("aaa1", HEALTHY)
    history.note("bbb2", HEALTHY)
    assert rollback.target(host) == "aaa1"


def test_rollback_takes_the_beginning_of_a_name(host):
    assert rollback._named(host, "aaa") == "aaa1"
    assert rollback.target(host, "aaa") == "aaa1"


def test_rollback_where_nothing_was_healthy_before_names_what_there_is(host):
    with pytest.raises(rollback.CannotGoBack, match="ccc3, bbb2, aaa1"):
        rollback.target(host)


def test_rollback_past_migrated_data_is_refused_unless_it_is_accepted(host):
    serve(host, "ccc3")
    with pytest.raises(rollback.CannotGoBack, match="app may have migrated data"):
        rollback.target(host, "bbb2")
    assert rollback.target(host, "bbb2", accept_migrated_data=True) == "bbb2"


def test_bases_stay_for_whoever_may_still_be_built_and_no_others(host, monkeypatch):
    removed = []
    for name, digest in (("aaa1", "1"), ("bbb2", "2"), ("ccc3", "3")):
        path = os.path.join(host.release(name), spec.FILENAME)
        with open(path) as stream:
            described = json.load(stream)
        described["bases"] = [{"image": f"t/base:{digest}", "dockerfile": ""}]
        described["services"].append({"name": "base", "image": "t/base:of-a-service"})
        with open(path, "w") as stream:
            json.dump(described, stream)
    listed = "t/base:1\nt/base:2\nt/base:3\nt/base:4\nt/base:of-a-service\n"
    monkeypatch.setattr(release_folders, "run", lambda argv, **_options: Completed(argv, 0, listed, ""))
    monkeypatch.setattr(release_folders, "_removed", lambda image: removed.append(image) or True)
    assert release_folders.prune_bases(host, "t", ["aaa1", "bbb2"]) == removed == ["t/base:3", "t/base:4"]


def test_pruning_keeps_the_newest_and_what_is_needed_and_removes_only_their_own_images(host, monkeypatch):
    removed = []
    monkeypatch.setattr(release_folders, "_removed", lambda image: removed.append(image) or True)
    releases, images = release_folders.prune(host, 1, ["bbb2"])
    assert releases == ["aaa1"]
    assert images == removed == ["web:0"]
    assert release_folders.names(host) == ["ccc3", "bbb2"]


def test_an_image_that_docker_keeps_is_not_said_to_be_removed(host, monkeypatch):
    asked = []

    def run(argv, **_options):
        asked.append(argv)
        return Completed(argv, 1 if argv[-1] == "web:0" else 0, "", "in use")

    monkeypatch.setattr(release_folders, "run", run)
    assert release_folders.prune(host, 1, []) == (["bbb2", "aaa1"], ["app:1", "web:1"])
    assert ["docker", "image", "rm", "web:0"] in asked


def test_a_release_that_is_half_removed_is_none_to_go_back_to_and_goes_with_the_next_pruning(host, monkeypatch):
    monkeypatch.setattr(release_folders, "_removed", lambda image: True)
    rubbish = host.release("aaa1") + files.RUBBISH
    os.rename(host.release("aaa1"), rubbish)
    assert release_folders.names(host) == ["ccc3", "bbb2"] and not release_folders.complete(host, "aaa1")
    with pytest.raises(rollback.CannotGoBack, match="no release here is called aaa1"):
        rollback.target(host, "aaa1")
    assert release_folders.prune(host, 2, ["bbb2"]) == ([], [])
    assert not os.path.exists(rubbish)
