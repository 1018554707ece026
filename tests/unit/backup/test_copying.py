# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Several repositories: what each is called, what is copied to which, and with whose credentials."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import (
    config,
    config_files,
    copying,
    create,
    listing,
    prune,
)
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import pair_environment
from support.fakes.world import World

NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
NAS = {"name": "nas", "repository": "sftp:nas:/x", "environment": {"A": "hunter2"}}
GIVEN = {
    "repository": "/mnt/backup",
    "password_file": "/etc/photo-sync/restic-password",
    "host": "web1",
    "retention": {"keep_last": 2, "keep_daily": None},
    "copies": [NAS, {**NAS, "name": "away", "repository": "rest:https://x/", "retention": {"keep_last": 1}}],
}


def point(day: int, complete: bool = True, host: str = "web1") -> dict[str, Any]:
    text = f"202611{day:02}T030000Z-aaaa"
    time = f"2026-11-{day:02}T03:00:00+00:00"
    missing = [] if complete else ["snapshot of tree 1111"]
    found = {"id": text, "time": time, "complete": complete, "host": host, "missing": missing}
    return {**found, "manifest": "m" if complete else None}


def test_a_copy_takes_from_the_first_what_it_does_not_say() -> None:
    first = config.from_dict(GIVEN)
    assert [one.name for one in first.all()] == ["first", "nas", "away"]
    assert [one.retention for one in first.all()] == [{"keep_last": 2}, {"keep_last": 2}, {"keep_last": 1}]
    assert {one.password_file for one in first.all()} == {"/etc/photo-sync/restic-password"}
    assert {one.host for one in first.all()} == {"web1"}
    assert first.at("") is first.at("1") is first.at("first") is first
    assert first.at("3") is first.at("away") is first.copies[1]
    with pytest.raises(config.PointError, match=r"no repository 'x'; known: 1 \(first\), 2 \(nas\), 3 \(away\)"):
        first.at("x")


@pytest.mark.parametrize(
    ("copy", "said"),
    [
        ({"name": "first"}, "cannot be a copy's name"),
        ({"name": "../x"}, "cannot be a copy's name"),
        ({"name": ""}, "copy 1: name must be set"),
        ({"repository": ""}, "copy 1: repository must be set"),
        ({"repository": "/mnt/backup"}, "named twice"),
        ({"retention": {"keep_all": 1}}, "copy 1: retention: unknown keep_all"),
    ],
)
def test_a_copy_that_cannot_be_one_is_refused(copy: dict[str, Any], said: str) -> None:
    with pytest.raises(config.PointError, match=said):
        config.from_dict({**GIVEN, "copies": [{**NAS, **copy}]})


def test_a_copys_own_password_lies_in_a_file_of_its_own_and_is_never_shown() -> None:
    files = config_files.files(
        "photo-sync", {**GIVEN, "repository_password": "hunter4", "copies": [{**NAS, "password": "hunter3"}]}
    )
    by_path = {file.path: file for file in files}
    assert by_path["/etc/photo-sync/restic-passwords/nas"].content == "hunter3\n"
    written = by_path["/etc/photo-sync/backup.json"]
    assert json.loads(written.content)["copies"][0]["password_file"] == "/etc/photo-sync/restic-passwords/nas"
    assert "hunter3" not in written.content
    assert "hunter" not in "".join(file.shown for file in files)


def test_what_was_pruned_in_a_copy_does_not_come_back_every_night() -> None:
    away = config.from_dict(GIVEN).at("away")
    points = [point(20), point(21), point(22, complete=False), point(23)]
    assert [one["id"] for one in copying.wanted(points, [], away, NOW)] == [point(23)["id"]]
    assert copying.wanted(points, [point(23)], away, NOW) == []
    nas = config.from_dict(GIVEN).at("nas")
    assert [one["id"] for one in copying.wanted(points, [point(20)], nas, NOW)] == [point(21)["id"], point(23)["id"]]


NAS_OF_TWO = config.from_dict(GIVEN).at("nas")


def days(points: list[dict[str, Any]]) -> list[str]:
    """The days of points."""
    return [one["id"][6:8] for one in points]


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        pytest.param([], ["21", "23"], id="nothing"),
        pytest.param([point(29)], ["21", "23"], id="one from the future, which keeps nothing out"),
        pytest.param([point(23)], ["21"], id="a gap below the newest"),
        pytest.param([point(21, complete=False), point(23)], ["21"], id="one that lost a part"),
        pytest.param([point(22), point(23)], [], id="one that the first has lost"),
        pytest.param([{**point(23), "suspect": ["x"]}], ["20", "21"], id="suspect there, good ones are counted"),
    ],
)
def test_a_copy_gets_what_it_lacks_of_what_its_retention_wants(there: list[dict[str, Any]], wanted: list[str]) -> None:
    points = [point(20), point(21), point(22, complete=False), point(23)]
    assert days(copying.wanted(points, there, NAS_OF_TWO, NOW)) == wanted


def test_what_was_kept_before_a_restore_goes_to_copies_too_and_takes_no_place_there() -> None:
    points = [point(20), point(21), {**point(22), "before_restore": point(20)["id"]}, point(23)]
    assert days(copying.wanted(points, [], NAS_OF_TWO, NOW)) == ["20", "21", "22", "23"]


def test_what_was_pruned_elsewhere_in_an_append_only_copy_does_not_come_back() -> None:
    copy = dataclasses.replace(NAS_OF_TWO, append_only=True)
    points = [point(20), point(21), point(23)]
    assert days(copying.wanted(points, [point(21)], copy, NOW)) == ["23"]
    assert days(copying.wanted(points, [point(23), point(29)], copy, NOW)) == []
    assert days(copying.wanted(points, [point(21, complete=False), point(23)], copy, NOW)) == ["21"]


def test_one_point_that_cannot_be_read_keeps_no_other_from_a_copy_and_what_is_lost_there_comes_again(
    tmp_path: Path,
) -> None:
    copies = [{"name": name, "repository": str(tmp_path / name)} for name in ("away", "beyond")]
    with World(tmp_path, copies=copies, retention={"keep_last": 9}) as world:
        world.deploy()
        made = [create.create(world.spec, world.settings).manifest for _time in range(3)]
        first, second, third = (one["id"] for one in made)
        spoilt = made[0]["databases"][0]["snapshot"]
        world.repository.damaged.add(spoilt)
        done = copying.copy_all(world.spec, world.settings, world.hear)
        assert [one["copied"] for one in done] == [[third, second], [third, second]], "the newest before what is older"
        assert done[0]["error"].startswith(f"restore point {first} is not complete there, missing ")
        assert "ciphertext verification failed" in done[0]["error"]
        assert f"restore point {third} is complete in repository beyond too" in world.said
        world.repository.damaged.clear()
        away = world.restic.repositories[copies[0]["repository"]]
        away.snapshots.remove(away.tagged([f"point={second}", "part=files"])[0])
        world.restic.repositories[copies[1]["repository"]].full = True
        done = copying.copy_all(world.spec, world.settings, world.hear)
        assert (done[0]["copied"], done[0]["error"]) == ([first, second], None)
        assert "no space left on device" in done[1]["error"] and done[1]["copied"] == []
        points, unasked = copying.whereabouts(world.settings, "world", world.hear)
        assert {one["id"]: one["repositories"] for one in points} == {
            first: ["first", "away"],
            second: ["first", "away", "beyond"],
            third: ["first", "away", "beyond"],
        }
        away.password = "another"
        assert list(copying.whereabouts(world.settings, "world")[1]) == ["away"] and unasked == {}


def test_a_full_disk_keeps_no_copy_from_being_pruned_that_lacks_nothing(tmp_path: Path) -> None:
    copies = [{"name": "away", "repository": str(tmp_path / "away"), "retention": {"keep_last": 2}}]
    with World(tmp_path, copies=copies) as world:
        world.deploy()
        for _time in range(2):
            create.create(world.spec, world.settings)
        copying.copy_all(world.spec, world.settings)
        world.disk.full = True
        world.given["copies"][0]["retention"] = {"keep_last": 1}
        (done,) = copying.copy_all(world.spec, world.settings)
        assert done["error"] is None and len(done["retention"]["removed"]) == 1
        world.given["copies"][0]["retention"] = {"keep_last": 2}
        (done,) = copying.copy_all(world.spec, world.settings)
        assert "free; a point needs" in done["error"]


def test_a_failure_names_the_copy_and_no_failure_is_none() -> None:
    assert copying.complaint([{"name": "nas", "error": None}]) == ""
    said = copying.complaint([{"name": "nas", "error": "no route"}, {"name": "away", "error": None}])
    assert said == "the restore point is complete, but not everywhere: repository nas: no route"


def test_another_hosts_leftovers_are_removed_only_when_it_has_gone_on_since() -> None:
    where = config.from_dict({**GIVEN, "host": "elsewhere", "retention": {}})
    old, good, growing = point(20, complete=False), point(21), point(22, complete=False)
    assert prune.choose([old, good, growing], where, NOW) == {old["id"]}
    # By a clock that was wrong it has not.
    assert prune.choose([growing, point(29)], where, NOW) == set()


def test_what_nobody_understands_is_never_removed() -> None:
    leftover = {**point(20, complete=False), "odd": ["01234567"]}
    assert prune.choose([leftover, point(21)], config.from_dict(GIVEN), NOW) == set()


def test_an_append_only_repository_is_told_from_one_that_lost_its_answer() -> None:
    assert prune.removed_nothing([{"id": "a"}, {"id": "b"}], ["a", "b"])
    assert not prune.removed_nothing([{"id": "c"}], ["a", "b"])
    with pytest.raises(config.PointError, match="1 of 2 snapshots are still there"):
        prune.removed_nothing([{"id": "a"}], ["a", "b"])


def test_in_a_copy_the_parts_are_found_by_their_trees(
    manifest: dict[str, Any], snapshots: list[dict[str, Any]]
) -> None:
    copied = [{**snapshot, "id": "e" + snapshot["id"][1:]} for snapshot in snapshots]
    found = listing.at_home(manifest, copied)
    assert [part["snapshot"][:2] for part in found["databases"] + found["volumes"]] == ["ea", "eb", "ec"]
    assert found["configuration"]["snapshot"][:2] == "ec"
    assert listing.at_home(manifest, snapshots) == manifest


def environment(repository: str, **more: str) -> dict[str, str]:
    return {"RESTIC_REPOSITORY": repository, "RESTIC_PASSWORD_FILE": f"/{repository[:2]}", **more}


def test_neither_rest_server_is_sent_the_others_password() -> None:
    login = {"RESTIC_REST_USERNAME": "u@x", "RESTIC_REST_PASSWORD": "hunter2"}
    pair = pair_environment(environment("rest:https://a/", **login), environment("rest:https://b/", A="1"))
    assert pair == {
        "A": "1",
        "RESTIC_PASSWORD_FILE": "/re",
        "RESTIC_REPOSITORY": "rest:https://b/",
        "RESTIC_FROM_REPOSITORY": "rest:https://u%40x:hunter2@a/",
        "RESTIC_FROM_PASSWORD_FILE": "/re",
    }


def test_credentials_that_cannot_be_told_apart_are_refused_without_being_said() -> None:
    same = environment("s3:a", AWS_ACCESS_KEY_ID="hunter2")
    assert pair_environment(same, environment("s3:b", AWS_ACCESS_KEY_ID="hunter2"))["AWS_ACCESS_KEY_ID"] == "hunter2"
    with pytest.raises(ResticError, match="different values of AWS_ACCESS_KEY_ID") as caught:
        pair_environment(same, environment("s3:b", AWS_ACCESS_KEY_ID="hunter3"))
    assert "hunter" not in str(caught.value)
