# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server that could not read its data, or would not find it, is told apart from one that comes up well."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Mount, Placed
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import cluster
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.cluster import (
    Server,
    clusters_in,
    misfit,
)
from ansible_collections.photosync.vps.plugins.module_utils.deploy import clusters, rollout
from support.specs import make_spec

DATA = "/var/lib/postgresql/data"
DATA_18 = "/var/lib/postgresql/18/docker"
OLD = Mount("s_pgdata", "/v/s_pgdata", DATA)
NEW = Mount("s_new", "/v/s_new", DATA)
HOME = Mount("s_pgdata", "/v/s_pgdata", "/var/lib/postgresql")
INIT = Mount("/srv/init", "/srv/init", "/docker-entrypoint-initdb.d")


def server(**changed: Any) -> Server:
    """A server of PostgreSQL 17 on its data."""
    return Server(
        **{
            "service": "db",
            "image": "postgres:17",
            "major": 17,
            "data": DATA,
            "mounts": [OLD],
            "clusters": {DATA: 17},
            **changed,
        }
    )


FIT = {
    "the same major": {},
    "a new stack": {"clusters": {}},
    "a new stack on an image that does not say where it keeps its data": {"clusters": {}, "data": ""},
    "an image that cannot be asked": {"major": 0},
    "a mount at the data of an image that does not say where it keeps them": {"data": "", "clusters": {DATA: 17}},
    "PostgreSQL 18 mounted as its image wants": {
        "major": 18,
        "data": DATA_18,
        "mounts": [HOME],
        "clusters": {DATA_18: 18},
    },
    "18 beside what is left of 17 in the same volume": {
        "major": 18,
        "data": DATA_18,
        "mounts": [HOME],
        "clusters": {DATA_18: 18, "/var/lib/postgresql/17/docker": 17},
    },
    "another volume that holds a cluster": {"mounts": [NEW], "elsewhere": [(17, "s_pgdata")]},
    "a server that keeps nothing": {"mounts": [INIT], "clusters": {}},
}
MISFIT = {
    "a newer image": ({"major": 18}, ["in s_pgdata is of PostgreSQL 17", "is PostgreSQL 18", "`s backup`"]),
    "an older image": ({"major": 16}, ["is of PostgreSQL 17", "is PostgreSQL 16", "an older one never reads"]),
    "another empty volume": (
        {"mounts": [NEW], "clusters": {}, "elsewhere": [(17, "s_pgdata"), (16, "s_older")]},
        ["of PostgreSQL 17, is in s_pgdata", "mounts s_new", "would start empty"],
    ),
    "18 with the mount of 17": (
        {"major": 18, "data": DATA_18},
        ["keeps its data in /var/lib/postgresql/18/docker", "nothing is mounted", "s_pgdata at"],
    ),
    "18 with the mount of 17, on a new stack": (
        {"major": 18, "data": DATA_18, "clusters": {}},
        ["keeps its data in /var/lib/postgresql/18/docker", "nothing is mounted"],
    ),
    "18 above the data of 17": (
        {"major": 18, "data": DATA_18, "mounts": [HOME], "clusters": {"/var/lib/postgresql": 17}},
        ["holds a cluster of PostgreSQL 17 in /var/lib/postgresql,", "make an empty one in /var/lib/postgresql/18"],
    ),
}


@pytest.mark.parametrize("kind", FIT)
def test_what_comes_up_well_is_left_alone(kind: str) -> None:
    assert misfit(server(**FIT[kind]), "s") == ""


@pytest.mark.parametrize("kind", MISFIT)
def test_what_would_not_come_up_or_come_up_empty_is_refused_with_what_to_do(kind: str) -> None:
    changed, words = MISFIT[kind]
    said = misfit(server(**changed), "s")
    assert said.startswith("db: ")
    assert [word for word in words if word not in said] == []


def test_an_empty_volume_is_as_it_has_to_be_where_a_restore_fills_it() -> None:
    moved = server(mounts=[NEW], clusters={}, elsewhere=[(17, "s_pgdata")])
    assert misfit(moved, "s", filled=True) == ""
    assert misfit(server(major=18), "s", filled=True)


def test_a_restore_deploys_without_starting_and_without_a_way_back_and_both_times_it_fills_the_volumes() -> None:
    assert rollout.Request("r", start=False).restores
    assert rollout.Request("r", restoring="20261123T030000Z-3f9a").restores
    assert not rollout.Request("r").restores


@pytest.mark.parametrize(
    ("places", "target", "found"),
    [
        ({"PG_VERSION": "17\n", "base/1/PG_VERSION": "17\n"}, DATA, {DATA: 17}),
        ({"data/PG_VERSION": "14\n"}, "/var/lib/postgresql", {DATA: 14}),
        ({"18/docker/PG_VERSION": "18\n"}, "/var/lib/postgresql", {DATA_18: 18}),
        ({"PG_VERSION": "9.6\n"}, DATA, {DATA: 9}),
        ({"PG_VERSION": "root:x:0:0\n", "notes/PG_VERSION": "17\n"}, DATA, {}),
        ({}, DATA, {}),
    ],
)
def test_a_cluster_is_found_where_images_keep_it(
    tmp_path: Path, places: dict[str, str], target: str, found: dict[str, int]
) -> None:
    for place, text in places.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
    assert clusters_in(Mount("v", str(tmp_path), target), "") == found


def test_a_cluster_is_found_where_the_entry_says_that_it_is(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "PG_VERSION").write_text("17\n")
    assert clusters_in(Mount("v", str(tmp_path), "/db"), "/db/own") == {"/db/own": 17}


def test_a_volume_that_is_yet_to_be_made_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "mountpoint", lambda name: None)
    config = {
        "services": {"db": {"volumes": [{"type": "volume", "source": "new", "target": DATA + "/"}]}},
        "volumes": {"new": {"name": "s_new"}},
    }
    assert clusters.mounts_of(config, "db") == [Mount("s_new", "", DATA)]
    assert clusters_in(Mount("s_new", "", DATA), DATA) == {}


def test_a_release_is_asked_with_its_image_and_its_mounts_and_with_what_serves_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("s_pgdata", "bound"):
        (tmp_path / name).mkdir()
    (tmp_path / "s_pgdata" / "PG_VERSION").write_text("17\n")
    volumes = [{"type": "bind", "source": str(tmp_path / "bound"), "target": DATA}, {"type": "tmpfs", "target": "/tmp"}]
    config = {"services": {"db": {"image": "postgres:17", "volumes": volumes}}}
    mounted = [{"Name": "s_pgdata", "Source": str(tmp_path / "s_pgdata"), "Destination": DATA}, {"Destination": "/x"}]
    listed = [SimpleNamespace(service="db", id="1")]
    monkeypatch.setattr(clusters, "run", lambda *_given, **_named: SimpleNamespace(stdout=json.dumps(config)))
    monkeypatch.setattr(clusters.compose, "containers", lambda _stack: listed)
    monkeypatch.setattr(clusters, "inspect", lambda _kind, ids: [{"Mounts": mounted}] if ids == ["1"] else [])
    monkeypatch.setattr(clusters, "image", lambda _image: None)
    spec = make_spec("s", databases=[{"service": "db", "engine": "postgresql", "user": "postgres"}])
    bound, old = (Mount(name, str(tmp_path / name), DATA) for name in (str(tmp_path / "bound"), "s_pgdata"))
    placed = [found for _entry, found in clusters._placed(spec, "new", ["old"])]
    assert placed == [Placed("db", "postgres:17", False, {}, [bound], [old])]
    with pytest.raises(clusters.Misfit, match="so it would start empty"):
        clusters.refuse_misfits(spec, "new", ["old"], False)
    clusters.refuse_misfits(make_spec("s"), "new", ["old"], False)
    config["services"]["db"]["environment"] = {"PGDATA": f"{DATA}/own/"}
    listed.clear()
    placed = [found for _entry, found in clusters._placed(spec, "new", ["old"])]
    assert (placed[0].variables, placed[0].elsewhere) == ({"PGDATA": f"{DATA}/own/"}, [])


def test_the_mount_that_counts_is_the_innermost() -> None:
    assert cluster.covering([HOME, OLD], DATA) == OLD
    assert cluster.covering([HOME, OLD], "/var/lib/postgresql/18/docker") == HOME
    assert cluster.covering([OLD], "/var/lib/postgresql/database") is None
