"""What became of deployments, and what can be gone back to."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.deploy import rollback
from ansible_collections.photosync.vps.plugins.module_utils.deploy.history import (
    FAILED,
    HEALTHY,
    POINT,
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


def test_rollback_takes_the_beginning_of_a_name(host):
    assert rollback._named(host, "aaa") == "aaa1"
    assert rollback.target(host, "aaa") == "aaa1"


def test_rollback_where_nothing_was_healthy_before_names_what_there_is(host):
    with pytest.raises(rollback.CannotGoBack, match="ccc3, bbb2, aaa1"):
        rollback.target(host)
